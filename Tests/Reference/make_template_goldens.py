#!/usr/bin/env python3
"""Makes the golden files of chat templates with Jinja in the environment of transformers.

    pip install jinja2==3.1.* transformers==5.*
    python3 Tests/Reference/make_template_goldens.py

Reads   Goldens/templates/*.jinja        templates by the rules of published families, written for these tests
        ../shared/fixtures               (optional: a published template)
        Goldens/expressions.txt          an expression, or a template with blocks, on every line
Writes  Goldens/templates.json           {"chats": [...], "rendered": {template: [text | {"raised": message} | {"failed": kind}, ...]}};
                                         of published templates only {"sha256": of the text}
        Goldens/expressions.json         {"variables": {...}, "results": [text | null where Jinja fails, ...]} for the lines of expressions.txt
all below Tests/TokenizationTests.
"""
import datetime
import hashlib
import json
import pathlib

import jinja2
from transformers.utils import chat_template_utils

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "Tests" / "TokenizationTests" / "Goldens"
FIXTURES = ROOT.parent / "shared" / "fixtures"

NOW = datetime.datetime(2025, 7, 9, 8, 5, 3)
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}

WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "Weather of a place, °C",
    "parameters": {"type": "object", "properties": {
        "city": {"type": "string", "description": "name <of> 'city' & more"},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "days": {"type": "array", "items": {"type": "integer"}}}, "required": ["city"]}}}
SEARCH = {"type": "function", "function": {
    "name": "search", "description": "Find \"text\"",
    "parameters": {"type": "object", "properties": {
        "query": {"type": "object", "additionalProperties": {"type": "number"}, "properties": {"text": {"type": ["string", "null"]}}},
        "limit": {"type": "integer", "default": 1.5e-07}}, "required": []}}}
SPECIAL = "<|im_start|>system\n<|im_end|><|eot_id|></s>[/INST]<end_of_turn><|end|><｜User｜><|user|><|END_OF_TURN_TOKEN|>{{ bos_token }}{% raw %}"


def user(text):
    return {"role": "user", "content": text}


def system(text):
    return {"role": "system", "content": text}


def assistant(text, *calls, **more):
    message = {"role": "assistant", "content": text, **more}
    if calls:
        message["tool_calls"] = list(calls)
    return message


def call(name, arguments, identity=None):
    return {**({"id": identity} if identity else {}), "type": "function", "function": {"name": name, "arguments": arguments}}


def tool(text, name=None, identity=None):
    return {"role": "tool", "content": text, **({"name": name} if name else {}), **({"tool_call_id": identity} if identity else {})}


CHATS = [
    {"messages": [], "add_generation_prompt": True},
    {"messages": [user("Hi")], "add_generation_prompt": True},
    {"messages": [system("Be brief.\n"), user("  What is 1 < 2 & 3?\n")], "add_generation_prompt": True},
    {"messages": [user("a"), assistant("b"), user("你好，世界"), assistant("再见 👋🏽")], "add_generation_prompt": False},
    {"messages": [system(""), user(""), assistant(""), user("")], "add_generation_prompt": True},
    {"messages": [system(SPECIAL), user(SPECIAL), assistant(SPECIAL), user("x")], "add_generation_prompt": True},
    {"messages": [user("Weather?")], "tools": [WEATHER, SEARCH], "add_generation_prompt": True},
    {"messages": [system("s"), user("Weather in Paris?"),
                  assistant("", call("get_weather", {"city": "Paris", "days": [1, 2.5, None, True]}, "abcdefghi")),
                  tool("21 °C\n\"sunny\"", "get_weather", "abcdefghi"), assistant("It is sunny."), user("Thanks")],
     "tools": [WEATHER], "add_generation_prompt": True},
    {"messages": [user("Both?"),
                  assistant("Let me see.", call("get_weather", {"city": "<b>\u2028é\u0007"}), call("search", {"query": {"x": -1.0}, "limit": 3}),
                            reasoning_content="\nTwo calls.\n"),
                  tool("1"), tool("{\"two\": 2}")],
     "tools": [WEATHER, SEARCH], "variables": {"tools_in_user_message": False}, "add_generation_prompt": True},
    {"messages": [user("What do they say?")],
     "documents": [{"title": "One", "text": "First\ntext"}, {"title": "Two", "text": "<|end_of_text|>"}], "add_generation_prompt": True},
    {"messages": [assistant("I begin."), user("No.")], "add_generation_prompt": False},
    {"messages": [user("one"), user("two")], "add_generation_prompt": True},
    {"messages": [user("q"), system("late"), assistant("<think>\nhm\n</think>\n\nanswer"), user("r")], "add_generation_prompt": True},
    {"messages": [user("q"), assistant("<think>\nhm\n</think>\n\n\nanswer", reasoning_content="deep\n")],
     "variables": {"enable_thinking": False, "reasoning_effort": "high", "date_string": "1 Jan 2030", "builtin_tools": ["code_interpreter", "web"]},
     "add_generation_prompt": True},
    {"messages": [tool("lost")], "variables": {"enable_thinking": True}, "add_generation_prompt": True},
]

VARIABLES = {
    "text": "Hello, World", "zh": "你好 世界", "empty": "", "space": "  a b \n c\t", "n": 7, "neg": -3, "half": 2.5, "yes": True, "no": False,
    "nothing": None, "list": [3, 1, 2], "words": ["pear", "Apple", "fig", "apple"], "nested": [[1, [2]], {"a": [None, True]}],
    "dict": {"b": 1, "a": {"x": [1, 2]}, "items": "key"}, "messages": CHATS[3]["messages"], "quote": "it's \"q\"\n\\\u00e9\u200b",
    "lines": "one\ntwo\r\n\nthree\u2028four", "numbers": [1.0, 0.1, 1e16, 1e-5, 123456789.125, 1e22, -0.0, 5e-324],
}

EXPRESSIONS = (GOLDENS / "expressions.txt").read_text().splitlines()


def environment():
    environment = chat_template_utils._compile_jinja_template("").environment
    environment.globals["strftime_now"] = lambda form: NOW.strftime(form)
    return environment


def render(environment, source, chat):
    try:
        return environment.from_string(source).render(
            messages=chat["messages"], tools=chat.get("tools"), documents=chat.get("documents"),
            add_generation_prompt=chat["add_generation_prompt"], **chat.get("variables", {}), **TOKENS)
    except jinja2.exceptions.TemplateError as error:
        if type(error) is jinja2.exceptions.TemplateError:
            return {"raised": str(error)}
        return {"failed": type(error).__name__}
    except (TypeError, ValueError) as error:
        return {"failed": type(error).__name__}


def evaluate(environment, expression):
    try:
        return environment.from_string(expression if "{%" in expression else "{{ " + expression + " }}").render(**VARIABLES)
    except Exception:
        return None


def write(name, value):
    (GOLDENS / name).write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


def main():
    env = environment()
    sources = {path.stem: path.read_text() for path in sorted((GOLDENS / "templates").glob("*.jinja"))}
    rendered = {name: [render(env, source, chat) for chat in CHATS] for name, source in sources.items()}
    config = FIXTURES / "tokenizers" / "minimind3" / "tokenizer_config.json"
    if config.exists():
        source = json.loads(config.read_text())["chat_template"]
        results = [render(env, source, chat) for chat in CHATS]
        # Its text is not ours to keep.
        rendered["fixture minimind3"] = [
            {"sha256": hashlib.sha256(text.encode()).hexdigest()} if isinstance(text, str) else text for text in results]
    else:
        print(f"skipped: {config}")
    write("templates.json", {"chats": CHATS, "rendered": rendered})
    write("expressions.json", {"variables": VARIABLES, "results": [evaluate(env, e) for e in EXPRESSIONS]})
    for name, results in rendered.items():
        print(name, sum(isinstance(result, str) for result in results), [r for r in results if isinstance(r, dict)])


if __name__ == "__main__":
    main()
