"""A program's files as modules and data, found without touching a disk."""

import builtins
import importlib
import importlib.machinery
import importlib.util
import io
import os
import sys

_SOURCE_BYTES = 8 << 20
_OPTIONS = ("buffering", "encoding", "errors", "newline")  # of `open`, after the mode


def install(files, on_disk):
    """Let imports find the program's files and, where they are not on disk, `open` too.

    Args:
        files: content by path inside the program.
        on_disk: whether the files stand in the working folder.
    """
    sys.meta_path.insert(0, _Finder(files))
    if not on_disk and len(files) > 1:
        builtins.open = io.open = _opener(files, io.open)


def load(path, files):
    """The module of a file, after the packages around it, as Python's own import does it."""
    name = _name(path)
    package = name.rpartition(".")[0]
    if package:
        importlib.import_module(package)
    known = sys.modules.get(name)  # a package may have loaded it; a library of this name is another one
    if known is not None and isinstance(getattr(known, "__loader__", None), _Loader):
        return known
    module = importlib.util.module_from_spec(_spec(name, path, files))
    sys.modules[name] = module
    module.__loader__.exec_module(module)
    return module


def _name(path):
    stem = path[:-3] if path.endswith(".py") else path
    stem = stem[: -len("/__init__")] if stem.endswith("/__init__") else stem
    return stem.replace("/", ".")


def _spec(name, path, files):
    package = path.rpartition("/")[2] == "__init__.py"
    spec = importlib.machinery.ModuleSpec(name, _Loader(path, files), origin=path, is_package=package)
    spec.has_location = True
    if package:
        spec.submodule_search_locations.append(os.path.dirname(path))
    return spec


class _Loader:
    def __init__(self, path, files):
        self.path, self.files = path, files

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        content = self.files[self.path]
        if len(content) > _SOURCE_BYTES:
            raise ValueError(f"{self.path} has {len(content)} bytes; at most {_SOURCE_BYTES} are loaded")
        # As text, or a line such as "coding: utf-7" would make another program of it than was read before.
        exec(compile(content.decode("utf-8"), self.path, "exec", dont_inherit=True), module.__dict__)

    def get_data(self, path):
        """For `pkgutil.get_data`."""
        try:
            return self.files[_inside(path)]
        except KeyError:
            raise FileNotFoundError(path) from None

    def get_resource_reader(self, name):
        """For `importlib.resources`."""
        from importlib.readers import FileReader

        return FileReader(self)


class _Finder:
    """Finds the program's modules and packages; a folder of files without ``__init__.py`` is one as well."""

    def __init__(self, files):
        self.files = files

    def find_spec(self, fullname, path=None, target=None):
        stem = fullname.replace(".", "/")
        for name in (stem + "/__init__.py", stem + ".py"):
            if name in self.files:
                return _spec(fullname, name, self.files)
        if any(name.startswith(stem + "/") for name in self.files):
            return importlib.machinery.ModuleSpec(fullname, None, is_package=True)
        return None


def _opener(files, plain):
    """`open` that finds the program's files where no folder holds them; only for reading."""

    def open(file, mode="r", *rest, **options):
        if isinstance(file, (str, os.PathLike)) and set(mode) <= set("rbt"):
            content = files.get(_inside(file))
            if content is not None and "b" in mode:
                return io.BytesIO(content)
            if content is not None:
                given = {**dict(zip(_OPTIONS, rest)), **options}  # noqa: B905  # Python 3.8 has no strict
                encoding = given.get("encoding") or "utf-8"
                return io.TextIOWrapper(
                    io.BytesIO(content), encoding, given.get("errors"), given.get("newline")
                )
        return plain(file, mode, *rest, **options)

    return open


def _inside(path):
    """A path as the program's files are called; the working folder is the root where they have none."""
    return os.path.normpath(os.fspath(path)).lstrip("/")
