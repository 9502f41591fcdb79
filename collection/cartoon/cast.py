"""The cast of the demo corpus: 24 clips, three of each emotion, some hard to tell, and one of
each emotion that shows plainly what it looks like."""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class CastMember:
    """One clip of the demo corpus. `emotion` is as `draw_clip` takes it."""

    name: str
    emotion: str
    seed: int
    video: str
    speaker: str
    transcript: str

    @property
    def emotions(self) -> list[str]:
        """What is really felt: one emotion, or both of a mix."""
        return self.emotion.split("+")


def demo_cast(seed: int) -> list[CastMember]:
    """24 clips in a random order, so that a name says nothing about the emotion."""
    rng = np.random.default_rng(seed)
    roles = [(emotion, line) for emotion, lines in LINES.items() for line in lines]
    order = rng.permutation(len(roles))
    return [
        CastMember(
            name=f"demo_{number:08d}",
            emotion=roles[role][0],
            seed=seed * 1000 + number,
            video=VIDEOS[number % len(VIDEOS)],
            speaker=SPEAKERS[number % len(SPEAKERS)],
            transcript=roles[role][1],
        )
        for number, role in enumerate(order, start=1)
    ]


def example_cast(seed: int) -> list[CastMember]:
    """A plain clip of each emotion, to stand beside its definition; named after the others."""
    return [
        CastMember(
            name=f"demo_{number:08d}",
            emotion=emotion,
            seed=seed * 1000 + number,
            video=VIDEOS[number % len(VIDEOS)],
            speaker=SPEAKERS[number % len(SPEAKERS)],
            transcript=line,
        )
        for number, (emotion, line) in enumerate(PLAIN.items(), start=len(demo_cast(seed)) + 1)
    ]
