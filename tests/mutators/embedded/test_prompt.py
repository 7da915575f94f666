from __future__ import annotations

from mutators.embedded.prompt import Task, read_prompt

PROMPT = """\
# Task: execute

## Current program
````python
# Task: plan
## Current program
```
x = 1
````

## Inspiration 1 (fitness 2)
~~~python
x = 2
~~~
Evaluation: fine

## Plan
jitter constants: move 1 of 1 constants

Answer with `<<<<<<< SEARCH` blocks.
"""


def test_a_prompt_is_read_by_its_headings_and_fences():
    prompt = read_prompt([("system", "You help."), ("user", PROMPT)])

    assert prompt.task is Task.EXECUTE
    assert [block.text for block in prompt.program] == ["# Task: plan\n## Current program\n```\nx = 1\n"]
    assert [peer[0].text for peer in prompt.inspirations] == ["x = 2\n"]
    assert prompt.plan.startswith("jitter constants")
    assert prompt.diff


def test_markers_inside_a_program_do_not_ask_for_blocks():
    prompt = read_prompt([("user", "# Task: execute\n```\n<<<<<<< SEARCH\n```\nAnswer in full.")])

    assert not prompt.diff


def test_files_carry_the_path_above_their_fence():
    text = "## Current program\nfile: a.py\n```python\nx = 1\n```\nfile: b c.py\n```python\ny = 1\n```\n"

    assert [block.path for block in read_prompt([("user", text)]).program] == ["a.py", "b c.py"]


def test_the_last_task_counts_and_what_the_assistant_said_does_not():
    messages = [("user", "# Task: plan"), ("user", "# Task: summarize"), ("assistant", "# Task: execute")]

    assert read_prompt(messages).task is Task.SUMMARIZE


def test_an_open_fence_reaches_to_the_end():
    prompt = read_prompt([("user", "# Task: plan\n## Current program\n```python\nx = 1\n")])

    assert prompt.program[0].text == "x = 1\n\n"


def test_no_task_is_no_task():
    assert read_prompt([("user", "hello"), ("user", "# Task: conquer"), ("system", "")]).task is None
