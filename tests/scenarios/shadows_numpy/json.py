dumps = None
