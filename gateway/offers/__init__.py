"""Offers: the referrals that this agency made or received."""
