# SPDX-License-Identifier: Apache-2.0
"""Put it beside portcullis_host.py where CPython looks for it at its start: /etc/python3, say, or the
first folder of site-packages that nobody but root may write."""

import portcullis_host

portcullis_host.install()
