"""`convgrade check`, the gate: full marks for key and alternatives, none for the stub, and each mutant loses its own exercise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from . import pool
from .assignment import Variant, known_stems, make_record, read_variants
from .marking import mark
from .notebook import read_source, stub, with_answers
from .result import HARNESS_ERROR, AssignmentCheck, CellResult, CheckResult
from .rules import broken_rules
from .sandbox import require_sandbox

MIN_MUTANTS, MIN_ALTERNATIVES = 4, 2


def check(stems: list[str], solutions: Path, jobs: int, progress: Any) -> CheckResult:
    """Judge these assignments (empty: all) with their mutants and alternatives."""
    stems = known_stems(solutions, stems)
    require_sandbox()
    plans = {stem: _plan(solutions, stem) for stem in stems}
    todo = [job for plan in plans.values() for job in plan.jobs]
    progress.start(len(todo), "answers")
    answers: dict[str, Any] = {}
    for job, answer in pool.run(todo, jobs):
        answers[job.name] = answer
        progress.advance(job.name)
    progress.finish()
    return CheckResult(tuple(_judge(plan, answers) for plan in plans.values()))


@dataclass(frozen=True)
class Plan:
    stem: str
    record: dict[str, Any]
    mutants: list[Variant]
    alternatives: list[Variant]
    jobs: list[pool.Job]
    broken: list[str]


def _plan(solutions: Path, stem: str) -> Plan:
    source = read_source(solutions / f"{stem}.md")
    record = make_record(source, stem)
    mutants, alternatives = (read_variants(solutions / kind / f"{stem}.py") for kind in ("mutants", "alternatives"))
    notebooks = {"key": source, "stub": stub(source)}
    notebooks |= {one.name: with_answers(source, {one.exercise: one.source}) for one in mutants}
    notebooks |= {f"alternative {one.name}": with_answers(source, {one.exercise: one.source}) for one in alternatives}
    jobs = [pool.Job(f"{stem}: {name}", _mark_one, (source, notebook, record)) for name, notebook in notebooks.items()]
    return Plan(stem, record, mutants, alternatives, jobs, broken_rules(source))


def _mark_one(source: NotebookNode, notebook: NotebookNode, record: dict[str, Any]) -> list[CellResult]:
    return mark(source, notebook, record)


def _judge(plan: Plan, answers: dict[str, Any]) -> AssignmentCheck:
    problems = list(plan.broken)

    def cells(name: str) -> list[CellResult]:
        answer = answers[f"{plan.stem}: {name}"]
        if isinstance(answer, pool.Failure):
            problems.append(f"{name}: could not be marked ({answer.message})")
            return []
        problems.extend(f"{name}: {cell.grade_id} {cell.detail}" for cell in answer if cell.state == HARNESS_ERROR)
        return answer

    full = plan.record["points"]
    key, empty = (sum(cell.points for cell in cells(name)) for name in ("key", "stub"))
    if key != full:
        told = "; ".join(f"{cell.grade_id}: {cell.message}" for cell in cells("key") if cell.points < cell.max_points)
        problems.append(f"the key gets {key:g} of {full:g} points: {told}")
    if empty:
        problems.append(f"the stub gets {empty:g} points")
    mutants, alternatives = {}, {}
    for one in plan.mutants:
        lost = [cell.exercise for cell in cells(one.name) if cell.points < cell.max_points]
        mutants[one.name] = {"lost": lost}
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
