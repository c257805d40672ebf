"""From the model to what readers see: mail, feeds, calendar. Pure: values in, text or bytes out."""
