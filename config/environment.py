"""Variables of the environment, of .env, and of files that variables name: all settings' source."""

import builtins
from pathlib import Path

import environ

CHECKOUT = Path(__file__).resolve().parent.parent
FILE = "_FILE"
YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class SettingError(Exception):
    """A variable cannot be used; the message says which, why, and what to do."""


class Variables(environ.fileaware_mapping.FileAwareMapping):  # type: ignore[misc]
    """SECRET_KEY is what the file holds that SECRET_KEY_FILE names, if that is set: a mounted
    secret. The line end that editors and `echo` leave behind is no part of it.

    What is empty counts as not set: compose files pass on what nobody has given.
    """

    def __getitem__(self, name: str) -> str:
        try:
            value = str(super().__getitem__(name))
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(
                f"{name}{FILE} names {self.env[name + FILE]}, which cannot be read as text "
                f"({error}). Mend the file or the variable, or set {name} itself instead."
            ) from error
        if self.env.get(name + FILE):
            value = value.removesuffix("\n").removesuffix("\r")
        if not value:
            raise KeyError(name)
        return value


class Environment(environ.FileAwareEnv):  # type: ignore[misc]
    ENVIRON = Variables(cache=False)  # bin/up and tests change variables before others read them

    def str(self, var: builtins.str, default: builtins.str = "") -> builtins.str:
        """The text as it is: in a password a dollar means nothing else."""
        return builtins.str(self.ENVIRON.get(var, default))

    def int(self, var: builtins.str, default: builtins.int) -> builtins.int:
        given = self.str(var)
        if given and not given.isdecimal():
            raise SettingError(f"{var} is {given}, and must be a whole number, such as {default}.")
        return builtins.int(given or default)

    def bool(self, var: builtins.str, default: builtins.bool) -> builtins.bool:
        given = self.str(var).strip().lower()
        if given and given not in YES + NO:
            raise SettingError(f"{var} is {given}, and must be true or false.")
        return given in YES if given else default

    def list(
        self, var: builtins.str, default: builtins.list[builtins.str]
    ) -> builtins.list[builtins.str]:
        given = [each.strip() for each in self.str(var).split(",")]
        return [each for each in given if each] or default


environ.Env.read_env(CHECKOUT / ".env")  # variables that are already set win
env = Environment()
