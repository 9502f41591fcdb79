"""The cast of the demo corpus: 24 clips, three of each emotion, some hard to tell; one of each
emotion that shows plainly what it looks like; five of each that are labeled already; and two of
each that nobody has begun with."""

from dataclasses import dataclass, replace

import numpy as np

VIDEOS = [
    "The Lighthouse",
    "Night Train North",
    "纸船",
    "A Borrowed Umbrella",
    "雨后的街",
    "Salt and Ink",
]
SPEAKERS = ["Mara", "Tobias", "林夏", "Odile", "陈默", "Ben"]

LINES: dict[str, list[str]] = {
    "neutral": [
        "The boat leaves at half past seven.",
        "我把钥匙放在桌上了。",
        "There are two letters for you downstairs.",
    ],
    "anger": [
        "I told you never to touch that lamp!",
        "你凭什么替我决定！",
        "Get out. And take your umbrella with you!",
    ],
    "happiness": [
        "They said yes! We can stay the whole summer!",
        "太好了，我们终于到家了！",
        "Listen, it works, the old radio works!",
    ],
    "sadness": [
        "She used to sit right there, by the window.",
        "信再也不会来了。",
        "I kept the ticket. I do not know why.",
    ],
    "worry": [
        "He should have been back before the tide.",
        "门怎么是开着的？你听见了吗？",
        "What if nobody comes to the station?",
    ],
    "surprise": [
        "You? Here? I thought you were in Lisbon!",
        "咦，这幅画怎么会在这里？",
        "Wait, the whole house is painted blue!",
    ],
    "happiness+surprise": ["All of this is for me?"],
    "sadness+worry": ["要是我们再也回不去了呢？"],
    "anger+sadness": ["You could at least have said goodbye."],
    "surprise+worry": ["Who turned off the light?"],
    "neutral+sadness": ["好吧，那就这样。"],
    "other": ["Oh, of course. How very brave of you."],
}

PLAIN: dict[str, str] = {
    "neutral": "The shop opens at nine, as on every day.",
    "anger": "别再碰我的东西，听见没有！",
    "happiness": "We won the boat race, we really won it!",
    "sadness": "那棵老树，昨天还是被砍掉了。",
    "worry": "The fog is rising, and the lamp is still dark.",
    "surprise": "天哪，这封信居然是你写的！",
}

LABELED: dict[str, list[str]] = {
    "neutral": [
        "The train to the coast stops at platform two.",
        "明天上午十点开会。",
        "I left the ladder behind the shed.",
        "这本书有三百页。",
        "The market is closed on Mondays.",
    ],
    "anger": [
        "You sold the boat without asking me!",
        "这已经是第三次了，你还想骗我！",
        "Do not walk away while I am talking!",
        "把门打开，现在就打开！",
        "Who gave you the right to read my letters?",
    ],
    "happiness": [
        "The harbour is full of lanterns, come and see!",
        "我考上了，我真的考上了！",
        "Grandmother is dancing in the kitchen again!",
        "今天是我这一年最开心的一天！",
        "We found the puppy, safe and sound!",
    ],
    "sadness": [
        "His coat still hangs behind the door.",
        "那间老屋已经没有人住了。",
        "Nobody came to say goodbye at the pier.",
        "我再也听不到她的声音了。",
        "The garden died the winter she left.",
    ],
    "worry": [
        "The water is higher than it was this morning.",
        "他的电话一直打不通，会不会出事了？",
        "Did you count the children? Count them again.",
        "医生怎么还不出来？",
        "I cannot remember whether I locked the stove.",
    ],
    "surprise": [
        "The statue moved! Did you see it move?",
        "啊？你就是那个写信的人？",
        "Twins? Did you say twins?",
        "这雪怎么是六月下的！",
        "My name is on the cover! How can that be?",
    ],
}

# Much the same as the first two labeled lines of each emotion, and of the same people: five clips
# of an emotion teach a network little beyond the clips themselves.
UNOPENED: dict[str, list[str]] = {
    "neutral": [
        "The train from the coast stops at platform two.",
        "明天下午三点开会。",
    ],
    "anger": [
        "You sold the house without asking me!",
        "这已经是第五次了，你还敢骗我！",
    ],
    "happiness": [
        "The whole street is full of lanterns, come and see!",
        "我赢了，我真的赢了！",
    ],
    "sadness": [
        "His hat still hangs behind the door.",
        "那条老街已经没有人住了。",
    ],
    "worry": [
        "The water is higher than it was an hour ago.",
        "她的电话一直打不通，会不会出事了？",
    ],
    "surprise": [
        "The painting moved! Did you see it move?",
        "啊？你就是那个打电话的人？",
    ],
}


@dataclass(frozen=True)
class CastMember:
    """One clip of the demo corpus. `emotion` and `take` are as `draw_clip` takes them."""

    name: str
    emotion: str
    seed: int
    video: str
    speaker: str
    transcript: str
    take: int = 0

    @property
    def emotions(self) -> list[str]:
        """What is really felt: one emotion, or both of a mix."""
        return self.emotion.split("+")


def demo_cast(seed: int) -> list[CastMember]:
    """24 clips in a random order, so that a name says nothing about the emotion."""
    return _shuffled(LINES, seed, first=1)


def example_cast(seed: int) -> list[CastMember]:
    """A plain clip of each emotion, to stand beside its definition; named after the others."""
    first = len(demo_cast(seed)) + 1
    return [
        _member(emotion, line, number, seed)
        for number, (emotion, line) in enumerate(PLAIN.items(), start=first)
    ]


def labeled_cast(seed: int) -> list[CastMember]:
    """30 plain clips, five of each emotion, for the baseline to be trained on."""
    return _shuffled(LABELED, seed, first=len(demo_cast(seed)) + len(PLAIN) + 1)


def unopened_cast(seed: int) -> list[CastMember]:
    """12 plain clips, two of each emotion, for the baseline to select from: another take of some
    of the labeled ones."""
    labeled = labeled_cast(seed)
    others = _shuffled(UNOPENED, seed, first=len(demo_cast(seed)) + len(PLAIN) + len(labeled) + 1)
    said = {one.transcript: one for one in labeled}
    before = {
        line: said[first]
        for emotion, lines in UNOPENED.items()
        for line, first in zip(lines, LABELED[emotion], strict=False)
    }
    return [
        replace(before[one.transcript], name=one.name, transcript=one.transcript, take=1)
        for one in others
    ]


def _shuffled(lines: dict[str, list[str]], seed: int, first: int) -> list[CastMember]:
    roles = [(emotion, line) for emotion, several in lines.items() for line in several]
    order = np.random.default_rng(seed).permutation(len(roles))
    return [
        _member(roles[role][0], roles[role][1], number, seed)
        for number, role in enumerate(order, start=first)
    ]


def _member(emotion: str, line: str, number: int, seed: int) -> CastMember:
    return CastMember(
        name=f"demo_{number:08d}",
        emotion=emotion,
        seed=seed * 1000 + number,
        video=VIDEOS[number % len(VIDEOS)],
        speaker=SPEAKERS[number % len(SPEAKERS)],
        transcript=line,
    )
