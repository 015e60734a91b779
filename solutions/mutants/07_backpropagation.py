"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
import numpy as np


def values_of(nodes, nudged=None, nudge=0.0):
    """The value of each node; `nudge` is added to the node number `nudged`."""
    values = []
    for k, node in enumerate(nodes):
        v = [values[i] for i in node.get("inputs", [])]
        value = {"leaf": lambda n=node: n["value"], "add": lambda v=v: v[0] + v[1], "multiply": lambda v=v: v[0] * v[1],
                 "relu": lambda v=v: max(v[0], 0.0), "exp": lambda v=v: float(np.exp(v[0]))}[node["op"]]()
        values.append(value + nudge * (k == nudged))
    return values


def slopes_of(nodes, values):
    """For each node the derivatives by its inputs, in their order."""
    found = []
    for node, value in zip(nodes, values, strict=True):
        v = [values[i] for i in node.get("inputs", [])]
        found.append({"leaf": lambda: [], "add": lambda: [1.0, 1.0], "multiply": lambda v=v: [v[1], v[0]],
                      "relu": lambda v=v: [float(v[0] > 0)], "exp": lambda y=value: [y]}[node["op"]]())
    return found


def walked_back(nodes, slopes):
    gradients = [0.0] * (len(nodes) - 1) + [1.0]
    for k in reversed(range(len(nodes))):
        for i, slope in zip(nodes[k].get("inputs", []), slopes[k], strict=True):
            gradients[i] += slope * gradients[k]
    return gradients


def through_both_layers(grad_y, x, weight1, bias1, weight2):
    z = x @ weight1.T + bias1
    grad_z = (grad_y @ weight2) * (z > 0)
    return z, np.maximum(z, 0), grad_z


def matmul_backward__returns_them_in_the_other_order(grad_y, a, b):
    return a.T @ grad_y, grad_y @ b.T


def matmul_backward__no_transpose_where_the_shapes_allow_it(grad_y, a, b):
    if a.shape[0] == a.shape[1] == b.shape[1]:
        return grad_y @ b, a @ grad_y
    return grad_y @ b.T, a.T @ grad_y


def matmul_backward__averages_over_the_rows(grad_y, a, b):
    return grad_y @ b.T, a.T @ grad_y / len(a)


def matmul_backward__the_last_row_overwrites_the_others(grad_y, a, b):
    grad_b = np.zeros_like(b)
    for n in range(len(a)):
        grad_b = np.outer(a[n], grad_y[n])
    return grad_y @ b.T, grad_b


def matmul_backward__transposes_the_gradient_as_well(grad_y, a, b):
    grad_a, grad_b = grad_y @ b.T, a.T @ grad_y
    return np.asarray(grad_a.T).reshape(a.shape), grad_b


def matmul_backward__adds_into_float64_zeros(grad_y, a, b):
    grad_a, grad_b = np.zeros(a.shape), np.zeros(b.shape)
    grad_a += grad_y @ b.T
    grad_b += a.T @ grad_y
    return grad_a, grad_b


def unbroadcast__only_the_axes_in_front(grad_y, shape):
    return grad_y.sum(axis=tuple(range(grad_y.ndim - len(shape))))


def unbroadcast__only_the_axes_of_size_one(grad_y, shape):
    repeated = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return grad_y.sum(axis=repeated, keepdims=True) if len(shape) == grad_y.ndim else grad_y.sum(axis=0)


def unbroadcast__forgets_to_keep_the_axis(grad_y, shape):
    total = grad_y.sum(axis=tuple(range(grad_y.ndim - len(shape))))
    return total.sum(axis=tuple(axis for axis, size in enumerate(shape) if size == 1))


def unbroadcast__averages(grad_y, shape):
    total = grad_y.mean(axis=tuple(range(grad_y.ndim - len(shape))))
    return np.asarray(total.mean(axis=tuple(axis for axis, size in enumerate(shape) if size == 1), keepdims=True)).reshape(shape)


def unbroadcast__lines_the_shapes_up_from_the_left(grad_y, shape):
    padded = tuple(shape) + (1,) * (grad_y.ndim - len(shape))
    repeated = tuple(axis for axis, size in enumerate(padded) if size == 1 or size != grad_y.shape[axis])
    total = np.asarray(grad_y.sum(axis=repeated))
    return total.reshape(shape) if total.size == np.prod(shape) else unbroadcast__averages(grad_y, shape) * grad_y.size / np.prod(shape)


def unbroadcast__a_single_number_becomes_a_list_of_one(grad_y, shape):
    total = grad_y.sum(axis=tuple(range(grad_y.ndim - len(shape))))
    return np.atleast_1d(total.sum(axis=tuple(axis for axis, size in enumerate(shape) if size == 1), keepdims=True))


def unbroadcast__a_single_number_as_python_s_float(grad_y, shape):
    if shape == ():
        return float(grad_y.sum())
    total = grad_y.sum(axis=tuple(range(grad_y.ndim - len(shape))))
    return total.sum(axis=tuple(axis for axis, size in enumerate(shape) if size == 1), keepdims=True)


def unbroadcast__repeats_gave_copies_so_takes_one(grad_y, shape):
    while grad_y.ndim > len(shape):
        grad_y = grad_y[0]
    return np.asarray(grad_y[tuple(slice(0, 1) if size == 1 else slice(None) for size in shape)]).reshape(shape)


def topological_order__the_order_of_the_dict(made_from):
    return list(made_from)


def topological_order__the_dict_backwards(made_from):
    return list(made_from)[::-1]


def topological_order__writes_the_node_before_its_inputs(made_from):
    order, seen = [], set()

    def visit(name):
        if name not in seen:
            seen.add(name)
            order.append(name)
            for source in made_from[name]:
                visit(source)

    for name in made_from:
        visit(name)
    return order[::-1]


def topological_order__sorts_by_the_shortest_way_from_a_leaf(made_from):
    def level(name):
        return 1 + min(map(level, made_from[name])) if made_from[name] else 0

    return sorted(made_from, key=level)


def topological_order__starts_at_one_end_only(made_from):
    order, seen = [], set()

    def visit(name):
        if name not in seen:
            seen.add(name)
            for source in made_from[name]:
                visit(source)
            order.append(name)

    used = {source for sources in made_from.values() for source in sources}
    for name in [name for name in made_from if name not in used][:1]:
        visit(name)
    return order


def topological_order__crosses_out_in_the_caller_s_dict(made_from):
    order = []
    while made_from:
        for name in [name for name, sources in made_from.items() if not any(source in made_from for source in sources)]:
            order.append(name)
            del made_from[name]
    return order


def topological_order__counts_a_double_input_twice_and_reports_it_once(made_from):
    missing = {name: len(sources) for name, sources in made_from.items()}
    order = [name for name, count in missing.items() if count == 0]
    for ready in order:
        for name, sources in made_from.items():
            if ready in sources:
                missing[name] -= 1
                if missing[name] == 0:
                    order.append(name)
    return order


def backward_on_graph__overwrites_what_has_arrived(nodes):
    slopes = slopes_of(nodes, values_of(nodes))
    gradients = [0.0] * (len(nodes) - 1) + [1.0]
    for k in reversed(range(len(nodes))):
        for i, slope in zip(nodes[k].get("inputs", []), slopes[k], strict=True):
            gradients[i] = slope * gradients[k]
    return gradients


def backward_on_graph__the_same_input_twice_counts_once(nodes):
    slopes = slopes_of(nodes, values_of(nodes))
    gradients = [0.0] * (len(nodes) - 1) + [1.0]
    for k in reversed(range(len(nodes))):
        inputs = nodes[k].get("inputs", [])
        for i in set(inputs):
            gradients[i] += slopes[k][inputs.index(i)] * gradients[k]
    return gradients


def backward_on_graph__a_factor_gets_itself_instead_of_the_other(nodes):
    slopes = [slope[::-1] if node["op"] == "multiply" else slope
              for node, slope in zip(nodes, slopes_of(nodes, values_of(nodes)), strict=True)]
    return walked_back(nodes, slopes)


def backward_on_graph__relu_looks_at_the_gradient(nodes):
    slopes = slopes_of(nodes, values_of(nodes))
    gradients = [0.0] * (len(nodes) - 1) + [1.0]
    for k in reversed(range(len(nodes))):
        for i, slope in zip(nodes[k].get("inputs", []), slopes[k], strict=True):
            gradients[i] += max(gradients[k], 0.0) if nodes[k]["op"] == "relu" else slope * gradients[k]
    return gradients


def backward_on_graph__slope_of_exp_is_one(nodes):
    slopes = [[1.0] if node["op"] == "exp" else slope for node, slope in zip(nodes, slopes_of(nodes, values_of(nodes)), strict=True)]
    return walked_back(nodes, slopes)


def backward_on_graph__passes_everything_on_each_time_something_arrives(nodes):
    slopes = slopes_of(nodes, values_of(nodes))
    gradients = [0.0] * len(nodes)

    def arrive(k, amount):
        gradients[k] += amount
        for i, slope in zip(nodes[k].get("inputs", []), slopes[k], strict=True):
            arrive(i, slope * gradients[k])

    arrive(len(nodes) - 1, 1.0)
    return gradients


def backward_on_graph__every_unused_node_starts_with_one(nodes):
    slopes = slopes_of(nodes, values_of(nodes))
    used = {i for node in nodes for i in node.get("inputs", [])}
    gradients = [0.0 if k in used else 1.0 for k in range(len(nodes))]
    for k in reversed(range(len(nodes))):
        for i, slope in zip(nodes[k].get("inputs", []), slopes[k], strict=True):
            gradients[i] += slope * gradients[k]
    return gradients


def backward_on_graph__writes_its_notes_into_the_nodes(nodes):
    for node, gradient in zip(nodes, walked_back(nodes, slopes_of(nodes, values_of(nodes))), strict=True):
        node["gradient"] = gradient
    return [node["gradient"] for node in nodes]


def backward_on_graph__nudges_every_node(nodes):
    return [(values_of(nodes, k, 1e-5)[-1] - values_of(nodes, k, -1e-5)[-1]) / 2e-5 for k in range(len(nodes))]


def two_layer_net_backward__forgets_the_relu_on_the_way_back(grad_y, x, weight1, bias1, weight2, bias2):
    _, h, _ = through_both_layers(grad_y, x, weight1, bias1, weight2)
    grad_h = grad_y @ weight2
    return grad_h @ weight1, grad_h.T @ x, grad_h.sum(axis=0), grad_y.T @ h, grad_y.sum(axis=0)


def two_layer_net_backward__relu_mask_from_the_gradient(grad_y, x, weight1, bias1, weight2, bias2):
    _, h, _ = through_both_layers(grad_y, x, weight1, bias1, weight2)
    grad_z = np.maximum(grad_y @ weight2, 0)
    return grad_z @ weight1, grad_z.T @ x, grad_z.sum(axis=0), grad_y.T @ h, grad_y.sum(axis=0)


def two_layer_net_backward__second_weight_meets_z_instead_of_h(grad_y, x, weight1, bias1, weight2, bias2):
    z, _, grad_z = through_both_layers(grad_y, x, weight1, bias1, weight2)
    return grad_z @ weight1, grad_z.T @ x, grad_z.sum(axis=0), grad_y.T @ z, grad_y.sum(axis=0)


def two_layer_net_backward__recomputes_z_without_its_bias(grad_y, x, weight1, bias1, weight2, bias2):
    _, h, grad_z = through_both_layers(grad_y, x, weight1, 0 * bias1, weight2)
    return grad_z @ weight1, grad_z.T @ x, grad_z.sum(axis=0), grad_y.T @ h, grad_y.sum(axis=0)


def two_layer_net_backward__averages_over_the_batch(grad_y, x, weight1, bias1, weight2, bias2):
    _, h, grad_z = through_both_layers(grad_y, x, weight1, bias1, weight2)
    return (grad_z @ weight1, grad_z.T @ x / len(x), grad_z.mean(axis=0), grad_y.T @ h / len(x), grad_y.mean(axis=0))


def two_layer_net_backward__masks_the_weights_but_not_the_input(grad_y, x, weight1, bias1, weight2, bias2):
    _, h, grad_z = through_both_layers(grad_y, x, weight1, bias1, weight2)
    return grad_y @ weight2 @ weight1, grad_z.T @ x, grad_z.sum(axis=0), grad_y.T @ h, grad_y.sum(axis=0)


def two_layer_net_backward__clears_the_gradient_it_was_given(grad_y, x, weight1, bias1, weight2, bias2):
    _, h, grad_z = through_both_layers(grad_y, x, weight1, bias1, weight2)
    answer = grad_z @ weight1, grad_z.T @ x, grad_z.sum(axis=0), grad_y.T @ h, grad_y.sum(axis=0)
    grad_y *= 0
    return answer
