"""Write the files of the campus's broker: mosquitto's configuration, everybody's rights, certificates.

The first run makes the campus's certificate authority too. Run it again at any time, from a timer for
example: what is good stays, what ends within 60 days is renewed, and a running broker reads what is new.
"""

import argparse
import getpass
import os
from pathlib import Path

from commandline.defaults import CAMPUS
from commandline.enrolment_office import add_authority, require_name, say_told
from commandline.own_certificate import service
from hub.enrolment.office import Office
from hub.enrolment.place import Place
from hub.layout import read_layout
from protocol.certificates import Role
from protocol.clock import SystemClock

HUB, HOME_ASSISTANT = "hub", "home-assistant-copy"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet broker config`."""
    parser.add_argument(
        "--campus", type=Path, default=CAMPUS, metavar="FILE", help="for the name of the site"
    )
    add_authority(parser)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where mosquitto reads its files"
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="where mosquitto keeps what is retained (default: OUT/state)",
    )
    parser.add_argument(
        "--host", required=True, metavar="NAME", help="the broker's name or address, as nodes connect to it"
    )
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="NAME",
        help="one more name or address of it; may be repeated",
    )
    parser.add_argument("--port", type=int, default=8883, metavar="N", help="(default: %(default)s)")
    parser.add_argument(
        "--listen", default="", metavar="ADDRESS", help="an address of this machine (default: all)"
    )
    parser.add_argument(
        "--user",
        default="mosquitto" if os.geteuid() == 0 else getpass.getuser(),
        metavar="NAME",
        help="whose rights mosquitto takes (default: %(default)s)",
    )
    parser.add_argument(
        "--days",
        type=int,
        default=180,
        metavar="N",
        help="how long a certificate lives (default: %(default)s)",
    )
    parser.add_argument(
        "--discovery", metavar="TOPIC", help="describe the campus to Home Assistant below it: homeassistant"
    )


def run(args: argparse.Namespace) -> int:
    """Write them."""
    if not 1 <= args.days <= 825:
        raise ValueError(f"--days: expected 1 to 825, got {args.days}")
    site = read_layout(args.campus).site
    out = args.out.absolute()
    place = Place(
        host=args.host,
        also=tuple(args.also),
        port=args.port,
        listen=args.listen,
        folder=str(out),
        state=str((args.state or out / "state").absolute()),
        user=args.user,
        discovery=None if args.discovery is None else require_name(args.discovery),
        lives_d=args.days,
    )
    hub_file, copy_file = out / "hub.pem", out / "home-assistant.pem"
    with Office.begin(args.ca, site, place, SystemClock().now) as office:
        office.make_folders()
        office.renew_own(Role.HUB, HUB, hub_file, service())
        if place.discovery is not None:
            office.renew_own(Role.HOME_ASSISTANT, HOME_ASSISTANT, copy_file, service())
        told = office.publish()
    print(f"site {site}: {out}/mosquitto.conf, {out}/rights.acl")
    print(f"start it with: kuzet broker run --ca {args.ca}")
    print("hub.toml needs:")
    print(f'[broker]\nhost = "{place.reached_at}"\nport = {place.port}\nclient_id = "{HUB}"')
    print(f'ca_file = "{out}/ca.crt"\ncertificate_file = "{hub_file}"')
    if place.discovery is not None:
        print(f'home-assistant.toml needs the same with client_id = "{HOME_ASSISTANT}"')
        print(f'prefix = "{place.discovery}" and certificate_file = "{copy_file}"')
    say_told(told)
    return 0
