"""Values that API objects are made of: quantities, times, durations, selectors, names and frozen maps.

Nothing here knows an API type. Every module stands alone and imports no more than the standard library and its
neighbours.
"""
