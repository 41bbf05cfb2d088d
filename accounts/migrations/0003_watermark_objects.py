"""A watermark was a line of text that nothing drew; it is an object now."""

from django.db import migrations


def forget_texts(apps, schema_editor):
    """It was chosen when it did nothing: let it be chosen again."""
    User = apps.get_model("accounts", "User")
    for user in User.objects.filter(chosen_preferences__has_key="watermark"):
        if isinstance(user.chosen_preferences["watermark"], str):
            del user.chosen_preferences["watermark"]
            user.save(update_fields=["chosen_preferences"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_moderation")]
    operations = [migrations.RunPython(forget_texts, migrations.RunPython.noop)]
