/**
 * A unit for systemd: a user of its own that may write into its own folder, and do nothing that Inlet does not do.
 * What stands there is in systemd.exec(5), systemd.service(5) and systemd.resource-control(5).
 */

export interface UnitOptions {
  /** The executable, by its whole path. */
  readonly binary: string;
  readonly user: string;
  /** Of variables, which systemd reads as root before it starts the service. */
  readonly envFile: string;
  readonly workers: number;
}

/** For `MAX_STREAMS` of ten thousand, many times over. */
const OPEN_FILES = 65_536;
/** A service that gives no sign of life for so long hangs. */
const WATCHDOG_SECONDS = 30;
/** Longer than `SHUTDOWN_SECONDS` by default. */
const STOP_SECONDS = 20;

export function unitFile({ binary, user, envFile, workers }: UnitOptions): string {
  const serve = ["serve", "--share-port", ...(workers > 1 ? ["--workers", String(workers)] : [])].join(" ");
  return `# Made by inlet systemd. Save it as /etc/systemd/system/inlet@.service, then:
#   useradd --system --home-dir /var/lib/inlet --shell /usr/sbin/nologin ${user}
#   install -D -m 600 /dev/null ${envFile}      (inlet help environment --env-file prints what to fill in)
#   systemctl daemon-reload && systemctl enable --now inlet@a
# A new release or certificate, without a dropped webhook: start the new one, then stop the old one:
#   systemctl start inlet@b && systemctl stop inlet@a
# Commands, as the service's user and with its variables:
#   systemd-run --pipe --uid=${user} --property=EnvironmentFile=${envFile} --property=WorkingDirectory=/var/lib/inlet \\
#     --setenv=DATABASE_URL=file:/var/lib/inlet/inlet.db ${binary} doctor

[Unit]
Description=Inlet: inbound SMS as a stream (%i)
Wants=network-online.target
After=network-online.target
# A configuration that is wrong does not become right by trying.
StartLimitIntervalSec=60
StartLimitBurst=10

[Service]
Type=notify
NotifyAccess=main
WatchdogSec=${WATCHDOG_SECONDS}
Environment=DATABASE_URL=file:/var/lib/inlet/inlet.db LOG_FORMAT=json
EnvironmentFile=-${envFile}
ExecStart=${binary} ${serve}
WorkingDirectory=/var/lib/inlet
Restart=always
RestartSec=1
# 2: wrong usage or configuration.
RestartPreventExitStatus=2
# A database server that is away is waited for.
TimeoutStartSec=infinity
TimeoutStopSec=${STOP_SECONDS}
LimitNOFILE=${OPEN_FILES}

User=${user}
StateDirectory=inlet
StateDirectoryMode=0700
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
DevicePolicy=closed
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
KeyringMode=private
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
# The runtime compiles as it runs, so memory may become code: MemoryDenyWriteExecute=yes would end it.

[Install]
WantedBy=multi-user.target
`;
}
