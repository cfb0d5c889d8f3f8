import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('repository', '0012_vocabulary_editing'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReadmeWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='a name of `CARD_KEYS`', max_length=12)),
                ('word', models.CharField(max_length=120)),
                ('readme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='words', to='repository.readme')),
            ],
            options={
                'indexes': [models.Index(fields=['kind', 'word'], name='readme_word_found')],
                'constraints': [models.UniqueConstraint(fields=('readme', 'kind', 'word'), name='readme_word_once')],
            },
        ),
    ]
