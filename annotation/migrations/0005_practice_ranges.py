from django.db import migrations, models


class Migration(migrations.Migration):
    """A valence range has two ends; a comparison with nothing would let it pass."""

    dependencies = [("annotation", "0004_rules_of_guides")]

    operations = [
        migrations.RemoveConstraint(
            model_name="practiceclip", name="a_practice_clip_has_the_answer_its_stage_asks_for"
        ),
        migrations.AddConstraint(
            model_name="practiceclip",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("emotion__isnull", False),
                        ("reliability", ""),
                        ("stage", "emotion"),
                        ("valence_from", None),
                        ("valence_to", None),
                    ),
                    models.Q(
                        ("emotion__isnull", False),
                        ("reliability__in", ["reliable", "unreliable", "unjudgeable"]),
                        ("stage", "reliability"),
                        ("valence_from", None),
                        ("valence_to", None),
                    ),
                    models.Q(
                        ("emotion", None),
                        ("reliability", ""),
                        ("stage", "valence"),
                        ("valence_from__isnull", False),
                        ("valence_to__gte", models.F("valence_from")),
                        ("valence_to__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="a_practice_clip_has_the_answer_its_stage_asks_for",
            ),
        ),
    ]
