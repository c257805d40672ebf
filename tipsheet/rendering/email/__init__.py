"""The letter of an issue, from the model to an edition, which `tipsheet.edition` joins and sends.

`contents` collects what each reader gets, `compile` renders and inlines it once, `pieces` cuts it, and `rules` look
over the result. `body` turns body HTML into markup for mail programs.
"""
