"""Settings of a publication: mkdocs.yml, and the ``tipsheet`` entry under its ``plugins:``."""

from tipsheet.settings.config import CONFIG_FILE, NO_FOLDER, read_config
from tipsheet.settings.delivery import (
    BreakerSettings,
    DeliverySettings,
    DkimSettings,
    ReviewSettings,
    WarmUpSettings,
    WindowSettings,
)
from tipsheet.settings.leaving import Leaving
from tipsheet.settings.look import Look, Schemes, Tones
from tipsheet.settings.read import Settings, read_settings
from tipsheet.settings.tables import (
    CommentSettings,
    FeedSettings,
    GiscusSettings,
    LanguageTable,
    MailSettings,
    PluginTable,
    Schedule,
    ServiceSettings,
    SharePictureSettings,
    SubscribeSettings,
)

__all__ = [
    "CONFIG_FILE",
    "NO_FOLDER",
    "BreakerSettings",
    "CommentSettings",
    "DeliverySettings",
    "DkimSettings",
    "FeedSettings",
    "GiscusSettings",
    "LanguageTable",
    "Leaving",
    "Look",
    "MailSettings",
    "PluginTable",
    "ReviewSettings",
    "Schedule",
    "Schemes",
    "ServiceSettings",
    "Settings",
    "SharePictureSettings",
    "SubscribeSettings",
    "Tones",
    "WarmUpSettings",
    "WindowSettings",
    "read_config",
    "read_settings",
]
