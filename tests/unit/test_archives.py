"""tar, as containers have it."""

import pytest


@pytest.fixture
def run(cluster):
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "image": "busybox", "command": ["sleep", "3600"]}]},
        }
    )
    cluster.advance("5s")

    def done(script):
        result = cluster.exec("p", ["sh", "-c", script])
        return result.exit_code, result.output

    return done


@pytest.mark.parametrize(
    ("script", "code", "output"),
    [
        (
            "mkdir -p /a/b; echo one > /a/x; echo two > /a/b/y; tar cf /t.tar -C / a; tar tf /t.tar",
            0,
            "a/b/\na/b/y\na/x\n",
        ),
        ("mkdir /a; echo one > /a/x; tar cf - /a | tar xf - -C /tmp; cat /tmp/a/x", 0, "one\n"),
        ("echo one > /x; tar -cf /t /x; mkdir /o; tar -xmf /t -C /o; cat /o/x", 0, "one\n"),
        ("echo 1 > /x; echo 2 > /y; tar cf /t /x /y; mkdir /o; tar xvf /t -C /o x; ls /o", 0, "x\nx\n"),
        ("tar cf /t /none", 1, "tar: /none: No such file or directory\n"),
        ("tar xf /none", 1, "tar: can't open '/none': No such file or directory\n"),
        ("echo nonsense > /t; tar xf /t", 1, "tar: invalid tar magic\n"),
    ],
)
def test_files_are_packed_and_unpacked(run, script, code, output):
    assert run(script) == (code, output)
