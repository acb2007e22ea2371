from hypothesis import settings

settings.register_profile("flopwise", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("flopwise")
