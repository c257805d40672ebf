"""Who reads: subscribers, their segments and their consent."""
