"""What an editor can set, in the ``tipsheet`` entry under ``plugins:`` of mkdocs.yml."""

from tipsheet.settings.config import CONFIG_FILE, NO_FOLDER, read_config
from tipsheet.settings.delivery import BreakerSettings, DeliverySettings, DkimSettings, WarmUpSettings, WindowSettings
from tipsheet.settings.leaving import Leaving
from tipsheet.settings.read import Settings, read_settings
from tipsheet.settings.tables import (
    CommentSettings,
    FeedSettings,
    GiscusSettings,
    Look,
    MailSettings,
    PluginTable,
    Schedule,
    ServiceSettings,
    SubscribeSettings,
    Tones,
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
    "Leaving",
    "Look",
    "MailSettings",
    "PluginTable",
    "Schedule",
    "ServiceSettings",
    "Settings",
    "SubscribeSettings",
    "Tones",
    "WarmUpSettings",
    "WindowSettings",
    "read_config",
    "read_settings",
]
