"""Which path of the API leads to which view of accounts."""

from accounts import api
from gallery_site.api_routes import route

api_routes = [
    route("auth/register", api.RegisterView, "api-register"),
    route("auth/login", api.LoginView, "api-login"),
    route("auth/logout", api.LogoutView, "api-logout"),
    route("auth/user", api.UserView, "api-user"),
    route("auth/tokens", api.TokensView, "api-tokens"),
    route("auth/tokens/<uuid:token_id>", api.TokenView, "api-token"),
]
