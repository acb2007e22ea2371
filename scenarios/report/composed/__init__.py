"""What each answer says: sections with their lines and tables, composed once."""
