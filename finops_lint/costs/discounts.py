"""Cost components at list price → at the user's: each at the most exact discount of the settings that fits it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from finops_lint.model.estimate import STATED, CostComponent
from finops_lint.model.records import replace
from finops_lint.model.selection import is_reduced, selects
from finops_lint.model.terms import Discount


def discounted(
    components: Iterable[CostComponent], discounts: Sequence[Discount], type_name: str, provider: str
) -> Iterator[CostComponent]:
    """`components` of a resource of `type_name`, `per_unit` reduced; `price` keeps what the table says.

    A stated discount is a fact of the user's, so a known cost stays known. Prices of the user's own are as stated;
    those of spot capacity and of commitments are reduced only by an entry that names their item.
    """
    for component in components:
        own = _best(component, discounts, type_name, provider)
        if own is None or component.per_unit is None or own.factor == 1:
            yield component
        else:
            terms = (*component.terms, words_of(own))
            yield replace(component, per_unit=component.per_unit * own.factor, terms=terms)


def _best(component: CostComponent, discounts: Sequence[Discount], type_name: str, provider: str) -> Discount | None:
    price = component.price
    if price is None or not component.per_unit:
        return None
    fitting = [d for d in discounts if selects(d.selector, price, type_name, provider)]
    if is_reduced(price):
        fitting = [d for d in fitting if d.selector.item and price.basis != STATED]
    return max(fitting, key=lambda d: d.selector.exactness, default=None)


def words_of(discount: Discount) -> str:
    """`15 % off the list price (our agreement), finops-lint.yaml:4:5`."""
    share = (1 - discount.factor) * 100
    what = f"{share.normalize():f} % off the list price" if share > 0 else f"list price × {discount.factor:f}"
    return f"{what}{f' ({discount.reason})' if discount.reason else ''}, {discount.where}"
