"""Files in containers: modes and owners, who may do what, and the programs that show and change them."""

import pytest

from kemu.containers.file_programs import changed_mode
from kemu.containers.files import Files, Grown, Issued, Rights, Stat, Tree, User
from tests.unit.test_shell import run

SOMEBODY = Rights(User(1000, 3000, (2000,)))


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("echo abc > /f; ls -l /f", ["-rw-r--r--    1 root     root             4 Jan  1 00:00 /f"]),
        ("mkdir /d; ls -ld /d", ["drwxr-xr-x    2 root     root          4096 Jan  1 00:00 /d"]),
        ("mkdir /d; echo a > /d/x; ls -l /d | tail -1 | awk '{print $1, $9}'", ["-rw-r--r-- x"]),
        ("mkdir -p /d/e; touch /d/.h /d/f; ls /d; ls -A /d", ["e", "f", ".h", "e", "f"]),
        ("touch /f; chmod 640 /f; stat -c '%a %A %U:%G' /f", ["640 -rw-r----- root:root"]),
        ("touch /f; chmod u+x,g=w,o-r /f; stat -c %a /f", ["720"]),
        ("mkdir /d; chmod 1777 /d; stat -c %A /d", ["drwxrwxrwt"]),
        ("touch /f; chown 1000:3000 /f; ls -n /f | awk '{print $3, $4}'", ["1000 3000"]),
        ("mkdir -p /d/e; touch /d/e/f; chmod -R 700 /d; stat -c %a /d /d/e /d/e/f", ["700", "700", "700"]),
        ("umask 077; touch /f; mkdir /d; stat -c %a /f /d; umask", ["600", "700", "0077"]),
        ("mkdir -m 750 /d; stat -c '%a %F' /d", ["750 directory"]),
        ("mkdir /d; rmdir /d; ls -d /d", ["ls: /d: No such file or directory"]),
        ("dd if=/dev/zero of=/f bs=1k count=3 2>/dev/null; stat -c %s /f", ["3072"]),
        ("stat /none", ["stat: can't stat '/none': No such file or directory"]),
        ("stat -c %a /tmp", ["1777"]),
        ("id; id -u; whoami", ["uid=0(root) gid=0(root) groups=0(root)", "0", "root"]),
    ],
)
def test_files_are_listed_and_changed(script, lines):
    """As by the programs of busybox."""
    assert run(script)[1] == lines


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("id", ["uid=1000 gid=3000 groups=3000,2000"]),
        ("id -G; whoami", ["3000 2000", "whoami: unknown uid 1000"]),
        ("touch /f", ["touch: /f: Permission denied"]),
        ("echo x > /tmp/f; stat -c '%u %g' /tmp/f", ["1000 3000"]),
        ("mkdir /tmp/d && chmod 500 /tmp/d; touch /tmp/d/x", ["touch: /tmp/d/x: Permission denied"]),
        ("test -w / || echo no; test -r / && echo yes", ["no", "yes"]),
        ("chown 0 /tmp", ["chown: /tmp: Operation not permitted"]),
    ],
)
def test_a_user_may_do_what_modes_say(script, lines):
    """Of whom a file is, of which group, or neither."""
    assert run(script, rights=SOMEBODY)[1] == lines


def test_a_folder_hands_its_group_on():
    """What is made in it belongs to the group, if its mode says so."""
    stats = {"/d/": Stat(0o2777, 0, 2000)}
    _, lines, *_ = run(
        "mkdir /d/e; touch /d/f; stat -c '%g %a' /d/e /d/f", stats=stats, files={"/d/": ""}, rights=SOMEBODY
    )
    assert lines == ["2000 2755", "2000 644"]


@pytest.mark.parametrize(("change", "mode"), [("a+X", 0o755), ("u+s", 0o4755), ("+t", 0o1755), ("go=", 0o700)])
def test_modes_are_changed_by_words(change, mode):
    """Special bits, and X for what can be run already."""
    assert changed_mode(0o755, change, is_folder=False) == mode


def test_a_text_that_grows_is_read_from_any_place():
    """It costs what is added, and reads like one text."""
    files = Files({}, {}, Rights(), str)
    whole = ""
    for number in range(3000):
        files.append("/log", f"line {number}\n")
        whole += f"line {number}\n"
    kept = dict.__getitem__(files, "/log")
    assert isinstance(kept, Grown) and files["/log"] == whole and files.size("/log") == len(whole)
    assert all(files.since("/log", place) == whole[place:] for place in (0, 1, 4096, len(whole) - 3, len(whole)))


def test_a_tree_has_trees_in_it():
    """What is below a folder can be taken out and put back; a token's length is unknown until it is read."""
    token = Issued("ns", "default", "p", "uid", "node", "", 3600, 0.0)
    tree = Tree().with_below("a/b", Tree({"f": "x", "t": token}, {"": Stat(0o700)}))
    assert tree.below("a/b").files == {"f": "x", "t": token} and tree.below("a").stats == {"b/": Stat(0o700)}
    assert (token.moment(100.0), token.moment(2881.0)) == (0.0, 2880.0)
