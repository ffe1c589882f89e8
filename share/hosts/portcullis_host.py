# SPDX-License-Identifier: Apache-2.0
"""Makes CPython ask portcullis about each module and script before it runs them.

    import portcullis_host
    portcullis_host.install()

in a sitecustomize.py that nobody but root may write. What is asked about, and when:

* Modules (source, and bytecode that is cached beside it), `python -m`, runpy, packages in ZIP files: all
  that CPython reads by io.open_code, whose hook (PEP 578) is set. The hook reads the file, asks with the
  SHA-256 of what it has read, and hands on those bytes: what was judged is what is compiled.
* Bytecode without a source: importlib reads it by an ordinary open, whose audit event is heard.
* `python SCRIPT`: the audit event cpython.run_file, before CPython opens the script. What it then opens is
  found by its path once more; who needs more starts it by portcullis-launch.
* Extension modules: the audit event import, which names the file; judged as a library (DLL).

Not asked about, for there is no file: -c, standard input, the interactive prompt, exec and eval of a
text. Whoever may choose the interpreter's options may leave this module out (-I, -S): the service judges
what the kernel sees in any case. docs/safer-api.md has the whole of it.
"""

import ctypes
import hashlib
import io
import os
import sys

LIBRARY = "libportcullis.so.0"
FULLY_TRUSTED = 0x40000
_E_BAD_FILE = -9
_MAX_BYTES = 256 << 20


class Denied(PermissionError):
    """Raised instead of running a file; `rule` says which rule denied it, where one did."""

    rule = ""


class _Code(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_uint32),
        ("fd", ctypes.c_int32),
        ("path", ctypes.c_char_p),
        ("policy_name", ctypes.c_char_p),
        ("url_zone", ctypes.c_uint32),
        ("hash_type", ctypes.c_uint32),
        ("hash_size", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("hash", ctypes.c_char_p),
    ]


class _Result(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_uint32),
        ("level", ctypes.c_uint32),
        ("verdict", ctypes.c_uint32),
        ("would_block", ctypes.c_uint32),
        ("enforcement", ctypes.c_uint32),
        ("reason", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("generation", ctypes.c_uint64),
        ("rule_id", ctypes.c_char * 40),
        ("policy", ctypes.c_char * 256),
        ("rule_name", ctypes.c_char * 1024),
    ]


class Host:
    """A context of libportcullis."""

    def __init__(self, socket=None, library=LIBRARY):
        lib = ctypes.CDLL(library)
        lib.portcullis_error_text.restype = ctypes.c_char_p
        lib.portcullis_verdict_name.restype = ctypes.c_char_p
        context = ctypes.c_void_p()
        error = lib.portcullis_open(os.fsencode(socket) if socket else None, ctypes.byref(context))
        if error:
            raise OSError(-error, lib.portcullis_error_text(error).decode())
        self._lib = lib
        self._context = context

    def ask(self, fd, path, policy=b"SCRIPT", content=None):
        """Raises Denied where the open file is not to be run, and where nobody could tell."""
        code = _Code(size=ctypes.sizeof(_Code), fd=fd, path=os.fsencode(path), policy_name=policy)
        if content is not None:
            code.hash_type, code.hash_size = 1, 32
            code.hash = hashlib.sha256(content).digest()
        result = _Result(size=ctypes.sizeof(_Result))
        error = self._lib.portcullis_identify(self._context, ctypes.byref(code), ctypes.byref(result))
        if error == 0 and result.level == FULLY_TRUSTED:
            return
        if error:
            why = self._lib.portcullis_error_text(error).decode()
        else:
            why = self._lib.portcullis_verdict_name(result.verdict).decode()
        rule = result.rule_name.decode(errors="replace")
        text = f"portcullis: not run: {why}" + (f' by the rule "{rule}"' if rule else "")
        denied = Denied(13, text, path)
        denied.rule = rule
        raise denied

    def ask_about(self, path, policy=b"SCRIPT"):
        """The same of what stands at a path."""
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            self.ask(fd, path, policy)
        finally:
            os.close(fd)

    def read(self, path):
        """The bytes of a file that may be run."""
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(fd, "rb", buffering=0) as file:
            content = file.read(_MAX_BYTES + 1) or b""
            while len(content) <= _MAX_BYTES:
                more = file.read(_MAX_BYTES + 1 - len(content))
                if not more:
                    break
                content += more
            if len(content) > _MAX_BYTES:
                raise Denied(13, f"portcullis: not run: larger than {_MAX_BYTES} bytes", path)
            self.ask(fd, path, content=content)
        return content


class _Refused(io.RawIOBase):
    """In the place of a file: no callback of C may raise, so whoever reads it gets the exception."""

    def __init__(self, error):
        self._error = error

    def _raise(self, *_args):
        raise self._error

    __enter__ = read = readinto = readall = readline = seek = tell = fileno = _raise


def _open_code_hook(host):
    def hook(path, _data):
        try:
            return io.BytesIO(host.read(path))
        except BaseException as error:  # pylint: disable=broad-except
            return _Refused(error)

    return ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.c_void_p)(hook)


def _is_importing(frame):
    """Whether importlib reads a file there, rather than somebody who wants to look at it."""
    code = frame.f_code
    return code.co_name == "get_data" and code.co_filename == "<frozen importlib._bootstrap_external>"


def _audit_hook(host):
    def hook(event, arguments):
        if event == "open":
            path = arguments[0]
            # Not what open_code's hook reads; not sys._getframe(1) of every open there is.
            if isinstance(path, str) and path.endswith(".pyc") and _is_importing(sys._getframe(1)):
                host.ask_about(path)
        elif event == "cpython.run_file":
            host.ask_about(os.fsdecode(arguments[0]))
        elif event == "import" and arguments[1]:
            host.ask_about(os.fsdecode(arguments[1]), b"DLL")

    return hook


_kept = []


def install(socket=None, library=LIBRARY):
    """From here on. Once a process; OSError where the library or another hook is in the way."""
    host = Host(socket, library)
    hook = _open_code_hook(host)
    set_hook = ctypes.pythonapi.PyFile_SetOpenCodeHook
    set_hook.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    set_hook.restype = ctypes.c_int
    _kept.append((host, hook))  # before C has the address
    set_hook(ctypes.cast(hook, ctypes.c_void_p), None)
    sys.addaudithook(_audit_hook(host))
    return host
