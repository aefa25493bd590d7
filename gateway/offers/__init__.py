"""Offers: referrals that this agency made or got."""
