"""What people have: media and recipes, how they come in, are found, shown, and go again."""
