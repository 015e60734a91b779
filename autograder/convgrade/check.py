"""`convgrade check`, the gate: full marks for key and alternatives, none for the stub, and each mutant loses its own exercise.

An exercise that says in the front matter on which others it builds (`builds_on: [conv2d]`) calls what the student wrote there. A mutant of
those would spoil it too and says nothing about its test, so the test is left out when such a mutant is marked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from . import pool
from .assignment import Variant, known_stems, make_record, read_variants
from .marking import mark
from .notebook import Role, read_source, stub, with_answers
from .result import FORBIDDEN, HARNESS_ERROR, AssignmentCheck, CellResult, CheckResult
from .rules import broken_rules
from .sandbox import require_sandbox

MIN_MUTANTS, MIN_ALTERNATIVES = 4, 2


def check(stems: list[str], solutions: Path, jobs: int, progress: Any) -> CheckResult:
    """Judge these assignments (empty: all) with their mutants and alternatives."""
    stems = known_stems(solutions, stems)
    require_sandbox()
    plans = {stem: _plan(solutions, stem) for stem in stems}
    progress.start(sum(len(plan.notebooks) for plan in plans.values()), "answers")
    answers: dict[str, Any] = {}
    for names in (lambda plan: ["key"], lambda plan: [name for name in plan.notebooks if name != "key"]):
        todo = [plan.job(name) for plan in plans.values() for name in names(plan)]
        for job, answer in pool.run(todo, jobs):
            answers[job.name] = answer
            progress.advance(job.name)
        for plan in plans.values():
            plan.learn_contract(answers[plan.label("key")])
    progress.finish()
    return CheckResult(tuple(_judge(plan, answers) for plan in plans.values()))


@dataclass(frozen=True)
class Plan:
    """All answers to one assignment that are marked. The key goes first: what it returns is what the others may return."""

    stem: str
    source: NotebookNode
    record: dict[str, Any]
    mutants: list[Variant]
    alternatives: list[Variant]
    notebooks: dict[str, NotebookNode]

    def label(self, name: str) -> str:
        return f"{self.stem}: {name}"

    def job(self, name: str) -> pool.Job:
        broken = next((one.exercise for one in self.mutants if one.name == name), None)
        return pool.Job(self.label(name), _mark_one, (_without_what_builds_on(self.source, broken), self.notebooks[name], self.record))

    def learn_contract(self, key: Any) -> None:
        self.record["handles"] = {} if isinstance(key, pool.Failure) else key[1]


def _plan(solutions: Path, stem: str) -> Plan:
    source = read_source(solutions / f"{stem}.md")
    record = make_record(source, stem)
    mutants, alternatives = (read_variants(solutions / kind / f"{stem}.py") for kind in ("mutants", "alternatives"))
    notebooks = {"key": source, "stub": stub(source)}
    notebooks |= {one.name: with_answers(source, {one.exercise: one.source}) for one in mutants}
    notebooks |= {f"alternative {one.name}": with_answers(source, {one.exercise: one.source}) for one in alternatives}
    return Plan(stem, source, record, mutants, alternatives, notebooks)


def _without_what_builds_on(source: NotebookNode, exercise: str | None) -> NotebookNode:
    """The source without the tests of exercises that build on this one."""
    exercises = source.metadata["convgrade"]["exercises"]
    skipped = {f"test_{name}" for name, one in exercises.items() if exercise in one.get("builds_on", [])}
    return NotebookNode({**source, "cells": [cell for cell in source.cells if Role.of(cell).grade_id not in skipped]})


def _mark_one(source: NotebookNode, notebook: NotebookNode, record: dict[str, Any]) -> tuple[list[CellResult], dict[str, list[str]]]:
    handles: dict[str, list[str]] = {}
    return mark(source, notebook, record, handles_seen=handles), handles


def _judge(plan: Plan, answers: dict[str, Any]) -> AssignmentCheck:
    problems = broken_rules(plan.source)

    def cells(name: str) -> list[CellResult]:
        answer = answers[plan.label(name)]
        if isinstance(answer, pool.Failure):
            problems.append(f"{name}: could not be marked ({answer.message})")
            return []
        problems.extend(f"{name}: {cell.grade_id} {cell.detail}" for cell in answer[0] if cell.state == HARNESS_ERROR)
        return answer[0]

    full = plan.record["points"]
    key, empty = (sum(cell.points for cell in cells(name)) for name in ("key", "stub"))
    if key != full:
        told = "; ".join(f"{cell.grade_id}: {cell.message}" for cell in cells("key") if cell.points < cell.max_points)
        problems.append(f"the key gets {key:g} of {full:g} points: {told}")
    if empty:
        problems.append(f"the stub gets {empty:g} points")
    mutants, alternatives = {}, {}
    for one in plan.mutants:
        marked = cells(one.name)
        lost = [cell.exercise for cell in marked if cell.points < cell.max_points]
        mutants[one.name] = {"lost": lost}
        if any(cell.state == FORBIDDEN for cell in marked):
            problems.append(f"mutant {one.name} falls to a forbidden call, so no test has judged it")
        if lost != [one.exercise]:
            problems.append(f"mutant {one.name} loses {', '.join(lost) or 'nothing'}; it must lose {one.exercise} alone")
    for one in plan.alternatives:
        marked = cells(f"alternative {one.name}")
        alternatives[one.name] = sum(cell.points for cell in marked)
        if alternatives[one.name] != full:
            told = "; ".join(f"{cell.grade_id}: {cell.message}" for cell in marked if cell.points < cell.max_points)
            problems.append(f"alternative {one.name} gets {alternatives[one.name]:g} of {full:g} points: {told}")
    problems += _too_few(plan)
    return AssignmentCheck(plan.stem, full, key, empty, mutants, alternatives, tuple(dict.fromkeys(problems)))


def _too_few(plan: Plan) -> list[str]:
    found = []
    for kind, variants, least in (("mutants", plan.mutants, MIN_MUTANTS), ("alternatives", plan.alternatives, MIN_ALTERNATIVES)):
        for name in plan.record["exercises"]:
            count = sum(one.exercise == name for one in variants)
            if count < least:
                found.append(f"{name} has {count} {kind}; at least {least} are needed")
        strangers = sorted({one.exercise for one in variants} - set(plan.record["exercises"]))
        found += [f"{kind} of {name!r}, which is no exercise" for name in strangers]
    return found
