"""Cost of a query by GitHub's published formula: points, and the nodes that it may return."""

from collections.abc import Mapping
from typing import Any

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode
from graphql.language import IntValueNode, OperationDefinitionNode, VariableNode

NODE_LIMIT = 500_000


def cost(document: DocumentNode, variables: Mapping[str, Any]) -> tuple[int, int]:
    """(points, nodes): a connection is requested once for each node of those around it; 100 requests are a point."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))

    def value(node: Any) -> Any:
        if isinstance(node, VariableNode):
            return variables.get(node.name.value)
        return int(node.value) if isinstance(node, IntValueNode) else None

    def is_left_out(directive: Any) -> bool:
        condition = directive.arguments[0].value
        return (
            directive.name.value == "include"
            and isinstance(condition, VariableNode)
            and variables.get(condition.name.value) is False
        )

    def walk(selections: Any, around: int) -> tuple[int, int]:
        requests = nodes = 0
        for one in selections:
            if any(is_left_out(directive) for directive in getattr(one, "directives", None) or ()):
                continue
            times = around
            if isinstance(one, FragmentSpreadNode):
                inner = fragments[one.name.value].selection_set.selections
            elif isinstance(one, InlineFragmentNode):
                inner = one.selection_set.selections
            elif isinstance(one, FieldNode) and one.selection_set:
                inner = one.selection_set.selections
                given = {argument.name.value: argument.value for argument in one.arguments or ()}
                first = value(given.get("first")) if "first" in given else value(given.get("last"))
                if first is not None:
                    requests, nodes, times = requests + around, nodes + around * first, around * first
                elif "ids" in given:
                    ids = value(given["ids"]) or ()
                    requests, nodes, times = requests + 1, nodes + len(ids), around * len(ids)
            else:
                continue
            more_requests, more_nodes = walk(inner, times)
            requests, nodes = requests + more_requests, nodes + more_nodes
        return requests, nodes

    requests, nodes = walk(operation.selection_set.selections, 1)
    return max(1, round(requests / 100)), nodes
