"""The vocabulary that all other rooms use: kinds of agency and roles, closed lists, codes and identifiers."""
