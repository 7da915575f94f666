"""The environment, read once: the only module that looks at it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from problems.errors import CambrianError

__all__ = [
    "Settings",
    "SettingsError",
    "child_environment",
    "data_folder",
    "read_secret",
    "read_settings",
    "set_default",
]


_RUNTIME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)


class SettingsError(CambrianError):
    """The environment or the command line contradicts itself."""


class Settings(BaseSettings):
    """What the environment says.

    Attributes:
        db: SQLAlchemy URL of the archive (``CAMBRIAN_DB``).
        model: model to use where a problem names none (``CAMBRIAN_MODEL``).
        docker_runtime: runtime of the Docker engine for programs, such as ``runsc`` for gVisor
            (``CAMBRIAN_DOCKER_RUNTIME``); None for the engine's default.
        cache: ``off``, or the file of the stage cache (``CAMBRIAN_CACHE``); None for one in the user's cache
            folder.
        openai_api_key: key of the endpoint (``OPENAI_API_KEY``); never printed, logged or stored.
        openai_base_url: the endpoint (``OPENAI_BASE_URL``).
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    db: str | None = Field(default=None, validation_alias="CAMBRIAN_DB")
    model: str | None = Field(default=None, validation_alias="CAMBRIAN_MODEL")
    docker_runtime: str | None = Field(default=None, validation_alias="CAMBRIAN_DOCKER_RUNTIME")
    cache: str | None = Field(default=None, validation_alias="CAMBRIAN_CACHE")
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")

    @field_validator("openai_base_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("expected an address that begins with http:// or https://")
        return value

    @field_validator("docker_runtime")
    @classmethod
    def _is_a_runtime(cls, value: str | None) -> str | None:
        if value is not None and not _RUNTIME.fullmatch(value):
            raise ValueError(
                f"expected the name of a runtime of the Docker engine, such as runsc, got {value!r}"
            )
        return value

    @field_validator("cache")
    @classmethod
    def _is_a_file(cls, value: str | None) -> str | None:
        if value is not None and Path(value).expanduser().is_dir():
            raise ValueError(f"expected off or a file, {value!r} is a folder")
        return value

    @property
    def database(self) -> str:
        """The archive: what was set, else one SQLite file in the user's data folder."""
        return self.db or f"sqlite:///{data_folder() / 'cambrian.db'}"

    @property
    def cache_file(self) -> Path | None:
        """File of the stage cache; None when it is off."""
        if self.cache is None:
            return user_cache_path("cambrian", appauthor=False) / "stages.db"
        return None if self.cache.lower() == "off" else Path(self.cache).expanduser()


class _Secret(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, extra="ignore")


def data_folder() -> Path:
    """The user's data folder for Cambrian; not made here."""
    return user_data_path("cambrian", appauthor=False)


def child_environment(**changes: str) -> dict[str, str]:
    """The environment for a trusted process of our own (a server, never a sandbox), with some changes."""
    return {**os.environ, **changes}


def set_default(variable: str, value: str) -> None:
    """Set a variable for a library that reads the environment itself, unless the user has set it."""
    os.environ.setdefault(variable, value)


def read_settings() -> Settings:
    """The environment's settings.

    Raises:
        SettingsError: a variable has a value that cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)
        )
        raise SettingsError(f"the environment cannot be used: {wrong}") from None


def read_secret(variable: str) -> str:
    """The secret in an environment variable that a problem names.

    Raises:
        SettingsError: it is not set.
    """

    class Secret(_Secret):
        value: SecretStr | None = Field(default=None, validation_alias=variable)

    value = Secret().value
    if value is None or not value.get_secret_value():
        raise SettingsError(f"the problem takes a model's key from ${variable}, which is not set")
    return value.get_secret_value()
