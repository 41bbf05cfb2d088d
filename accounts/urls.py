"""Which path leads to which page of accounts."""

from django.urls import path

from accounts import views, watermark_views

urlpatterns = [
    path("accounts/login", views.login, name="login"),
    path("accounts/register", views.register, name="register"),
    path("accounts/logout", views.logout, name="logout"),
    path("accounts/verify/<str:token>", views.verify, name="verify"),
    path("accounts/password-reset", views.password_reset, name="password-reset"),
    path("accounts/password-reset/done", views.password_reset_done, name="password-reset-done"),
    path("accounts/password-reset/complete", views.password_reset_complete, name="password-reset-complete"),
    # A dot between the two, so that the log's pattern for secret paths sees one word.
    path("accounts/password-reset/<uidb64>.<token>", views.password_reset_confirm, name="password-reset-confirm"),
    path("account", views.account, name="account"),
    path("account/email", views.email_change, name="email-change"),
    path("account/password", views.password_change, name="password-change"),
    path("account/verification", views.verification_again, name="verification-again"),
    path("account/watermark", watermark_views.choose, name="watermark"),
    path("account/watermark/preview", watermark_views.preview_picture, name="watermark-preview"),
    path("account/watermark/pictures", watermark_views.picture_add, name="watermark-picture-add"),
    path(
        "account/watermark/pictures/<uuid:uid>/remove", watermark_views.picture_remove, name="watermark-picture-remove"
    ),
    path("account/tokens", views.token_create, name="token-create"),
    path("account/tokens/<uuid:token_id>/revoke", views.token_revoke, name="token-revoke"),
]
