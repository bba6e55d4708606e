"""What the API says of users, clinics and tokens."""

from __future__ import annotations

from rest_framework import serializers

from accounts.models import ApiToken, Clinic, Membership, Programme, User
from cgm_portal.api_parsers import StrictCharField, StrictSerializer


class TokenRequestSerializer(StrictSerializer):
    """A sign-in by password for one device."""

    username = StrictCharField(max_length=150)
    password = StrictCharField(max_length=128, trim_whitespace=False, write_only=True)
    name = StrictCharField(max_length=100, help_text="Device or purpose, shown in the list of tokens.")


class TokenSerializer(serializers.ModelSerializer):
    """A token without its secret."""

    class Meta:
        model = ApiToken
        fields = ["id", "name", "created_at", "expires_at", "last_used_at", "revoked_at"]
        read_only_fields = fields


class IssuedTokenSerializer(TokenSerializer):
    """A token just made: `token` is shown this once."""

    token = serializers.SerializerMethodField(help_text="The secret. It is shown once and stored nowhere.")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]
        read_only_fields = fields

    def get_token(self, token: ApiToken) -> str:
        """Return the secret that the service gave beside the token."""
        return str(self.context["secret"])


class ProgrammeSerializer(serializers.ModelSerializer):
    """A programme, with what its clinics show."""

    class Meta:
        model = Programme
        fields = ["id", "name", "country", "time_zone", "shows_predicted_muac"]
        read_only_fields = fields


class MembershipSerializer(serializers.ModelSerializer):
    """One role of the user, in a clinic or in a whole programme."""

    programme = ProgrammeSerializer(read_only=True)

    class Meta:
        model = Membership
        fields = ["role", "programme", "clinic"]
        read_only_fields = fields


class MeSerializer(serializers.ModelSerializer):
    """The user who asks."""

    email = serializers.CharField(read_only=True, help_text="Empty where there is none.")
    memberships = MembershipSerializer(many=True, read_only=True)

    class Meta:
        model = User
        fields = ["id", "username", "first_name", "last_name", "email", "memberships"]
        read_only_fields = fields


class ClinicSerializer(serializers.ModelSerializer):
    """A clinic that the user works in, or whose totals the user may see."""

    may_record = serializers.BooleanField(read_only=True, help_text="True where you register children and measure.")

    class Meta:
        model = Clinic
        fields = ["id", "programme", "name", "area", "may_record"]
        read_only_fields = fields
