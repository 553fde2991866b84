"""What every metric means, one module a family. Data only; `catalogue.py` joins them."""
