"""Answers that students give and that must not pass: NAME_OF_EXERCISE__what_went_wrong."""
import numpy as np


def normalise_images__statistics_of_the_new_images(x_train, x):
    mean, std = x.mean(axis=(0, 2, 3), keepdims=True), x.std(axis=(0, 2, 3), keepdims=True)
    return (x - mean) / std


def normalise_images__one_mean_for_all_channels(x_train, x):
    return (x - x_train.mean()) / x_train.std()


def normalise_images__one_mean_for_every_pixel(x_train, x):
    return (x - x_train.mean(axis=0)) / x_train.std(axis=0)


def normalise_images__divides_by_the_variance(x_train, x):
    return (x - x_train.mean(axis=(0, 2, 3), keepdims=True)) / x_train.var(axis=(0, 2, 3), keepdims=True)


def normalise_images__divides_by_one_less(x_train, x):
    return (x - x_train.mean(axis=(0, 2, 3), keepdims=True)) / x_train.std(axis=(0, 2, 3), keepdims=True, ddof=1)


def normalise_images__works_in_float64(x_train, x):
    values = x_train.astype(float)
    return (x - values.mean(axis=(0, 2, 3), keepdims=True)) / values.std(axis=(0, 2, 3), keepdims=True)


def normalise_images__in_the_caller_s_array(x_train, x):
    mean, std = x_train.mean(axis=(0, 2, 3), keepdims=True), x_train.std(axis=(0, 2, 3), keepdims=True)
    x -= mean
    x /= std
    return x


def five(x, size, ceil=0, edge=0):
    h, w = size
    bottom, right = x.shape[2] - h, x.shape[3] - w
    places = [(0, 0), (0, max(right - edge, 0)), (max(bottom - edge, 0), 0), (max(bottom - edge, 0), max(right - edge, 0)),
              ((bottom + ceil) // 2, (right + ceil) // 2)]
    return [x[:, :, top:top + h, left:left + w] for top, left in places]


def ten_crop__mirrors_the_crops_instead_of_the_image(x, size):
    crops = five(x, size)
    return np.stack(crops + [crop[..., ::-1] for crop in crops], axis=1)


def ten_crop__rounds_the_centre_up(x, size):
    return np.stack(five(x, size, ceil=1) + five(x[..., ::-1], size, ceil=1), axis=1)


def ten_crop__the_last_row_is_the_size_minus_one(x, size):
    return np.stack(five(x, size, edge=1) + five(x[..., ::-1], size, edge=1), axis=1)


def ten_crop__width_before_height(x, size):
    return np.stack(five(x, size[::-1]) + five(x[..., ::-1], size[::-1]), axis=1)


def ten_crop__the_crops_come_before_the_images(x, size):
    return np.stack(five(x, size) + five(x[..., ::-1], size), axis=0)


def ten_crop__image_and_mirror_in_turns(x, size):
    pairs = zip(five(x, size), five(x[..., ::-1], size), strict=True)
    return np.stack([crop for pair in pairs for crop in pair], axis=1)


def ten_crop__cuts_the_frame_off_with_a_negative_index(x, size):
    h, w = size

    def crops(x):
        t, l = (x.shape[2] - h) // 2, (x.shape[3] - w) // 2
        return [*five(x, size)[:4], x[:, :, t:-t, l:-l]]

    return np.stack(crops(x) + crops(x[..., ::-1]), axis=1)


def ten_crop__flips_the_channels_as_well(x, size):
    return np.stack(five(x, size) + five(x[:, ::-1, :, ::-1], size), axis=1)


def shift_colours__takes_rows_for_columns(x, amounts, eigenvalues, eigenvectors):
    return x + ((amounts * eigenvalues) @ eigenvectors)[:, :, None, None].astype(x.dtype)


def shift_colours__the_root_of_the_eigenvalue(x, amounts, eigenvalues, eigenvectors):
    return x + ((amounts * np.sqrt(np.abs(eigenvalues))) @ eigenvectors.T)[:, :, None, None].astype(x.dtype)


def shift_colours__one_colour_for_the_whole_batch(x, amounts, eigenvalues, eigenvectors):
    return x + (eigenvectors @ (amounts[0] * eigenvalues))[:, None, None].astype(x.dtype)


def shift_colours__brightens_instead_of_adding(x, amounts, eigenvalues, eigenvectors):
    return x * (1 + ((amounts * eigenvalues) @ eigenvectors.T)[:, :, None, None]).astype(x.dtype)


def shift_colours__clips_to_one(x, amounts, eigenvalues, eigenvectors):
    return np.clip(x + ((amounts * eigenvalues) @ eigenvectors.T)[:, :, None, None], 0, 1).astype(x.dtype)


def shift_colours__works_in_float64(x, amounts, eigenvalues, eigenvectors):
    return x + ((amounts * eigenvalues) @ eigenvectors.T)[:, :, None, None]


def shift_colours__in_the_caller_s_array(x, amounts, eigenvalues, eigenvectors):
    x += ((amounts * eigenvalues) @ eigenvectors.T)[:, :, None, None].astype(x.dtype)
    return x


def top_k_accuracy__takes_the_k_smallest(scores, y, k):
    best = np.argsort(scores, axis=1)[:, :k]
    return float(np.mean([true in row for true, row in zip(y, best, strict=True)]))


def top_k_accuracy__the_first_k_of_the_sorted_and_no_rule_for_ties(scores, y, k):
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return float(np.mean([true in row for true, row in zip(y, best, strict=True)]))


def top_k_accuracy__one_too_many(scores, y, k):
    larger = (scores > scores[np.arange(len(y)), y][:, None]).sum(axis=1)
    return float((larger <= k).mean())


def top_k_accuracy__a_class_stands_above_itself(scores, y, k):
    larger = (scores >= scores[np.arange(len(y)), y][:, None]).sum(axis=1)
    return float((larger <= k).mean())


def top_k_accuracy__counts_instead_of_a_share(scores, y, k):
    larger = (scores > scores[np.arange(len(y)), y][:, None]).sum(axis=1)
    return int((larger < k).sum())


def top_k_accuracy__always_the_first(scores, y, k):
    return float((scores.argmax(axis=1) == y).mean())


def top_k_accuracy__sorts_by_size_without_the_sign(scores, y, k):
    size = np.abs(scores)
    larger = (size > size[np.arange(len(y)), y][:, None]).sum(axis=1)
    return float((larger < k).mean())


def softmax(scores, axis):
    shifted = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return shifted / shifted.sum(axis=axis, keepdims=True)


def ensemble_probabilities__softmax_of_the_mean_scores(scores):
    return softmax(scores.mean(axis=0), 1)


def ensemble_probabilities__without_taking_the_maximum_off(scores):
    with np.errstate(all="ignore"):
        powers = np.exp(scores)
        return (powers / powers.sum(axis=2, keepdims=True)).mean(axis=0)


def ensemble_probabilities__one_maximum_for_all(scores):
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max())
        return (powers / powers.sum(axis=2, keepdims=True)).mean(axis=0)


def ensemble_probabilities__softmax_over_the_nets(scores):
    return softmax(scores, 0).mean(axis=0)


def ensemble_probabilities__adds_and_does_not_divide(scores):
    return softmax(scores, 2).sum(axis=0)


def ensemble_probabilities__each_net_has_one_vote(scores):
    return np.eye(scores.shape[2], dtype=scores.dtype)[scores.argmax(axis=2)].mean(axis=0)


def ensemble_probabilities__mean_over_the_images(scores):
    return softmax(scores, 2).mean(axis=1)


def ensemble_probabilities__works_in_float64(scores):
    return softmax(scores.astype(float), 2).mean(axis=0)


def ensemble_probabilities__in_the_caller_s_array(scores):
    scores -= scores.max(axis=2, keepdims=True)
    return softmax(scores, 2).mean(axis=0)


def walk(val_losses, patience, new_low):
    lowest, best, waited = val_losses[0], 1, 0
    for epoch, loss in enumerate(val_losses[1:], start=2):
        waited += 1
        if new_low(loss, lowest):
            lowest, best, waited = loss, epoch, 0
        if waited == patience:
            return epoch, best
    return len(val_losses), best


def early_stopping__waits_one_epoch_too_long(val_losses, patience):
    return walk(val_losses, patience + 1, lambda loss, lowest: loss < lowest)


def early_stopping__an_equal_loss_is_a_new_low(val_losses, patience):
    return walk(val_losses, patience, lambda loss, lowest: loss <= lowest)


def early_stopping__compares_with_the_epoch_before(val_losses, patience):
    best, waited = 1, 0
    for epoch in range(2, len(val_losses) + 1):
        waited = 0 if val_losses[epoch - 1] < val_losses[epoch - 2] else waited + 1
        if val_losses[epoch - 1] < val_losses[best - 1]:
            best = epoch
        if waited == patience:
            return epoch, best
    return len(val_losses), best


def early_stopping__never_forgets_a_bad_epoch(val_losses, patience):
    lowest, best, waited = val_losses[0], 1, 0
    for epoch, loss in enumerate(val_losses[1:], start=2):
        if loss < lowest:
            lowest, best = loss, epoch
        else:
            waited += 1
        if waited == patience:
            return epoch, best
    return len(val_losses), best


def early_stopping__looks_at_losses_after_the_stop(val_losses, patience):
    return walk(val_losses, patience, lambda loss, lowest: loss < lowest)[0], int(np.argmin(val_losses)) + 1


def early_stopping__counts_from_zero(val_losses, patience):
    stop, best = walk(val_losses, patience, lambda loss, lowest: loss < lowest)
    return stop - 1, best - 1


def early_stopping__keeps_the_weights_of_the_last_epoch(val_losses, patience):
    stop, _ = walk(val_losses, patience, lambda loss, lowest: loss < lowest)
    return stop, stop


def early_stopping__does_not_stop_in_the_last_epoch(val_losses, patience):
    stop, best = walk(val_losses, patience, lambda loss, lowest: loss < lowest)
    return (stop, best) if stop - best >= patience else (0, best)


def early_stopping__thinks_that_no_loss_is_negative(val_losses, patience):
    lowest, best = 1e9, 1
    for epoch, loss in enumerate(val_losses, start=1):
        if abs(loss) < lowest:
            lowest, best = abs(loss), epoch
        if epoch - best == patience:
            return epoch, best
    return len(val_losses), best


def early_stopping__half_an_epoch_more(val_losses, patience):
    stop, best = walk(val_losses, patience, lambda loss, lowest: loss < lowest)
    return stop + 0.5, best + 0.5
