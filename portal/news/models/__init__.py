from portal.news.models.notice import Notice
from portal.news.models.webhook import Delivery, Webhook

__all__ = ["Delivery", "Notice", "Webhook"]
