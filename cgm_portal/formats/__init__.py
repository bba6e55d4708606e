"""How each language writes dates: Django's FORMAT_MODULE_PATH. A month always has its name, so that no reader takes it
for a day; what is not named here is Django's own."""
