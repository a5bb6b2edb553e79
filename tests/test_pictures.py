"""The README's pictures show what pmsync does now, fit any screen, and load nothing."""

import re
from pathlib import Path

import pytest

from tests.pictures import FOLDER, play

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
KIB = 1024


def test_what_the_pictures_show_is_what_pmsync_writes_now() -> None:
    kept = {file.name: file.read_text("utf-8") for file in FOLDER.iterdir() if file.suffix in {".svg", ".md"}}
    assert kept == play().texts, "a picture is stale: run `make pictures`, and look at what it drew"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.[sp][vn]g")), ids=lambda file: file.name)
def test_a_picture_is_small_loads_nothing_and_is_shown_in_the_readme(file: Path) -> None:
    assert file.stat().st_size < 150 * KIB
    assert f'".github/pictures/{file.name}"' in README
    if file.suffix == ".svg":
        text = file.read_text("utf-8")
        assert "@font-face" not in text
        assert {*re.findall(r"\bhttps?://[^\s\"']+", text)} == {"http://www.w3.org/2000/svg"}


def test_every_picture_of_the_readme_is_there_and_says_what_is_to_be_seen() -> None:
    pictures = re.findall(r"<img\b[^>]*>", README)
    assert pictures
    for picture in pictures:
        said = dict(re.findall(r'(\w+)="([^"]*)"', picture))
        assert len(said["alt"]) > 40
        assert int(said["width"]) <= 830, "wider than a README on GitHub"
        assert (ROOT / said["src"]).is_file()
    for source in re.findall(r'srcset="([^"]+)"', README):
        assert (ROOT / source).is_file()
