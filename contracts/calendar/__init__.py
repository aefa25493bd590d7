"""Days and moments that events may state, and on which of them people work. The zone and the holidays are Sweden's."""
