"""A few customers made up, for whoever runs it alone."""

from localpay.seed import Customer, Price, Product, Subscription, World


def sample_world() -> World:
    """Two plans and one currency of each kind: two decimals, none, three."""
    return World(
        products=[
            Product(
                "prod_starter", "Starter", [Price("price_starter", 4_900), Price("price_starter_jpy", 5_800, "jpy")]
            ),
            Product(
                "prod_scale",
                "Scale",
                [
                    Price("price_scale", 19_900),
                    Price("price_scale_year", 199_000, interval="year"),
                    Price("price_scale_kwd", 61_500, "kwd"),
                ],
            ),
        ],
        customers=[
            Customer("cus_acme", "Acme Corp", "billing@acme.example", [Subscription("sub_acme", "price_scale")]),
            Customer("cus_birch", "Birch & Sons", "office@birch.example", [Subscription("sub_birch", "price_starter")]),
            Customer(
                "cus_cedar",
                "Cedar Labs",
                "pay@cedar.example",
                [Subscription("sub_cedar", "price_starter", status="past_due")],
            ),
            Customer(
                "cus_daisy",
                "Daisy Travel",
                "hello@daisy.example",
                [Subscription("sub_daisy", "price_scale", status="trialing", days=3, trial_days=14)],
            ),
            Customer("cus_elm", "Elm KK", "keiri@elm.example", [Subscription("sub_elm", "price_starter_jpy")]),
            Customer("cus_fern", "Fern WLL", "ap@fern.example", [Subscription("sub_fern", "price_scale_kwd")]),
        ],
    )
