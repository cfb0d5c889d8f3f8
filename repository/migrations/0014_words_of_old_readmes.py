"""Keep the words of READMEs that were committed before lists could be narrowed by them."""

from django.db import migrations

from repository.readme.front_matter import words_of_card


def keep_words(apps, schema_editor):
    del schema_editor
    word_model = apps.get_model("repository", "ReadmeWord")
    readmes = apps.get_model("repository", "Readme").objects
    for pk, head in readmes.values_list("pk", "front_matter").iterator():
        word_model.objects.bulk_create(
            word_model(readme_id=pk, kind=kind, word=word)
            for kind, words in words_of_card(head).items()
            for word in words
        )


class Migration(migrations.Migration):
    dependencies = [("repository", "0013_readme_words")]

    operations = [migrations.RunPython(keep_words, migrations.RunPython.noop)]
