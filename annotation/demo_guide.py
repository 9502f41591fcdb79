"""The demo corpus's guidelines: how such a text may read, with an example of each label."""

from collections.abc import Sequence

from django.db import transaction

from annotation.guidelines import choose_examples
from annotation.models import Example
from collection.cartoon import CastMember
from collection.models import Clip, Corpus

TEXTS = {
    "guidelines_en": """\
Name what the person in the clip feels as they show it, not what you would feel in their place \
and not what the words alone would say. Face, voice and bearing count together.

# When you label an emotion
- Watch the whole clip before you choose; the first second often misleads.
- Name the emotion that is clearest. Add a second label only if you plainly see both.
- A calm face with nothing to read in it is neutral. Neutral is no way out when you are unsure.
- Choose "other" if you see an emotion that none of the six describes, such as scorn.
- Choose "unjudgeable" if you cannot tell: the face is hidden, or two people speak at once.

# When you check a label
You see a label that others have agreed on. Ask only whether it fits what you see and hear; it \
need not be the first word you would have chosen.

# When you rate valence
Ask how pleasant the person feels, from very unpleasant to very pleasant. How strongly they feel \
it matters only as far as it makes it more or less pleasant.

# Look after yourself
If you would rather not watch a clip, skip it: somebody else will judge it. Nobody asks why.
""",
    "guidelines_zh": """\
请判断片段中的人物表现出来的感受，而不是换作您会有的感受，也不要只看台词的字面意思。\
表情、声音和姿态要结合起来看。

# 标注情感时
- 先看完整个片段再选择；第一秒往往会误导人。
- 选择最明显的情感。只有确实看到两种情感时，才加第二个标签。
- 表情平静、看不出什么，就是中性。拿不准时不要用中性代替。
- 如果看到的情感六类都无法描述，例如轻蔑，请选“其他”。
- 如果看不出来，例如脸被遮住，或两个人同时说话，请选“无法判断”。

# 检查标签时
您会看到别人一致选出的标签。只需判断它是否符合您看到和听到的；它不必是您首先想到的词。

# 评定效价时
请判断人物的感受有多愉快，从很不愉快到很愉快。感受有多强烈，只在它使人更愉快或更不愉快时才有关系。

# 照顾好自己
如果不想看某个片段，请跳过：会有别人来判断。没有人会追问原因。
""",
}
# Whoever gets this clip is told before it plays.
WARNED_OF = "anger"
WARNING = "Somebody shouts loudly. / 有人大声喊叫。"


@transaction.atomic
def give_guidelines(
    corpus: Corpus, cast: Sequence[CastMember], examples: Sequence[CastMember]
) -> None:
    """The texts, an example of each label, and a warning before the first loud clip; unless
    somebody has given the corpus guidelines of its own."""
    chosen = Example.objects.filter(emotion__corpus=corpus).exists()
    if chosen or corpus.guidelines_en or corpus.guidelines_zh:
        return
    Corpus.objects.filter(pk=corpus.pk).update(**TEXTS)
    choose_examples(corpus=corpus, examples=[(member.emotion, member.name) for member in examples])
    loud = next(member.name for member in cast if member.emotion == WARNED_OF)
    Clip.objects.filter(corpus=corpus, name=loud).update(content_warning=WARNING)
