// Copyright (c) 2026, the printops.firewall maintainers
// GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What cmdlets of Windows answer: the classes that their pages name, with the properties that these have.

namespace Microsoft.DnsClient.Commands
{
    public enum RecordType : ushort { A = 1, NS = 2, CNAME = 5, SOA = 6, PTR = 12, AAAA = 28, SRV = 33 }

    /// <summary>Of Resolve-DnsName; QueryType is its alias for Type.</summary>
    public class DnsRecord
    {
        public string Name { get; set; }
        public RecordType Type { get; set; }
        public RecordType QueryType => Type;
        public uint TTL { get; set; }
    }

    public class DnsRecord_A : DnsRecord
    {
        public string IPAddress { get; set; }
        public string IP4Address => IPAddress;
    }

    public class DnsRecord_AAAA : DnsRecord
    {
        public string IPAddress { get; set; }
        public string IP6Address => IPAddress;
    }

    /// <summary>Of names that stand for others: NS, CNAME and PTR.</summary>
    public class DnsRecord_PTR : DnsRecord
    {
        public string NameHost { get; set; }
    }

    public class DnsRecord_SOA : DnsRecord
    {
        public string PrimaryServer { get; set; }
        public string NameAdministrator { get; set; }
    }

    public class DnsRecord_SRV : DnsRecord
    {
        public string NameTarget { get; set; }
        public ushort Priority { get; set; }
        public ushort Weight { get; set; }
        public ushort Port { get; set; }
    }
}

namespace Printops.Tests.Cim
{
    public enum PrefixOrigin : ushort { Other, Manual, WellKnown, Dhcp, RouterAdvertisement }
    public enum AddressState : ushort { Invalid, Tentative, Duplicate, Deprecated, Preferred }

    /// <summary>MSFT_NetIPAddress of Get-NetIPAddress.</summary>
    public class NetIPAddress
    {
        public string IPAddress { get; set; }
        public string InterfaceAlias { get; set; }
        public PrefixOrigin PrefixOrigin { get; set; }
        public AddressState AddressState { get; set; }
    }

    /// <summary>MSFT_MpComputerStatus of Get-MpComputerStatus.</summary>
    public class MpComputerStatus
    {
        public bool RealTimeProtectionEnabled { get; set; }
        public bool AMServiceEnabled { get; set; }
    }

    /// <summary>MSFT_MpPreference of Get-MpPreference: a list of strings, or nothing where it has none.</summary>
    public class MpPreference
    {
        public string[] ExclusionPath { get; set; }
        public string[] ExclusionProcess { get; set; }
    }
}
