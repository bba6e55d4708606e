"""One child's z-scores, explained step by step."""
