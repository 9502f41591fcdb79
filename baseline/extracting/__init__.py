"""§3.2–3.4: one clip's sound, words or pictures → frames or one vector. One file per kind."""
