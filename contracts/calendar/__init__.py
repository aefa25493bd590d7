"""The days and moments that events may state, and the working days. The time zone and the holidays are Sweden's."""
