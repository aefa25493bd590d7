"""The words that everything else uses: kinds of agency and roles, the closed lists, codes and identifiers."""
