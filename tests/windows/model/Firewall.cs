// Copyright (c) 2026, the printops.firewall maintainers
// GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Printops.Tests
{
    /// <summary>INetFwPolicy2. What is set is in force at once, and a policy of the domain may override it.</summary>
    public sealed class FwPolicy2
    {
        public static readonly Dictionary<string, int> Bits =
            new Dictionary<string, int> { ["domain"] = 1, ["private"] = 2, ["public"] = 4 };

        private readonly JsonObject policy;

        public FwPolicy2()
        {
            policy = Store.Read()["policy"]?.DeepClone().AsObject() ?? new JsonObject();
            policy["profiles"] ??= new JsonObject();
            Rules = new FwRules();
        }

        public FwRules Rules { get; }

        public int CurrentProfileTypes =>
            policy["current_profiles"]?.AsArray().Sum(name => Bits[(string)name]) ?? Bits["public"];

        public int LocalPolicyModifyState =>
            Array.IndexOf(new[] { "ok", "gp_override", "inbound_blocked" }, (string)policy["local_policy_modify_state"] ?? "ok");

        public bool FirewallEnabled(int bit) => (bool?)Profile(bit)["enabled"] ?? true;
        public int DefaultInboundAction(int bit) => (string)Profile(bit)["default_inbound"] == "allow" ? 1 : 0;
        public int DefaultOutboundAction(int bit) => (string)Profile(bit)["default_outbound"] == "block" ? 0 : 1;
        public bool BlockAllInboundTraffic(int bit) => (bool?)Profile(bit)["block_all_inbound"] ?? false;

        public object[] ExcludedInterfaces(int bit) =>
            ((string)Profile(bit)["excluded_interfaces"])?.Split('|').Cast<object>().ToArray();

        public bool UnicastResponsesToMulticastBroadcastDisabled(int bit) => (bool?)Profile(bit)["unicast_responses"] == false;

        /// <summary>As a COM object's type: sets properties that take an argument, through their names.</summary>
        public new FwPolicy2 GetType() => this;

        public object InvokeMember(string name, BindingFlags flags, object binder, FwPolicy2 target, object[] arguments)
        {
            if (flags != BindingFlags.SetProperty || target != this || arguments.Length != 2)
            {
                throw new ArgumentException("Value does not fall within the expected range.");
            }
            Store.Step("Set-PrintopsProfile");
            var value = name switch
            {
                "FirewallEnabled" => JsonValue.Create((bool)arguments[1]),
                "DefaultInboundAction" => JsonValue.Create((int)arguments[1] == 1 ? "allow" : "block"),
                "DefaultOutboundAction" => JsonValue.Create((int)arguments[1] == 1 ? "allow" : "block"),
                _ => throw new MissingMemberException("no property " + name),
            };
            if ((bool?)Store.Read()["deaf_profiles"] != true)
            {
                var key = name == "DefaultInboundAction" ? "default_inbound" : "default_outbound";
                Profile((int)arguments[0])[name == "FirewallEnabled" ? "enabled" : key] = value;
                foreach (var bit in Bits.Values)
                {
                    Profile(bit)["enabled"] ??= true;
                    Profile(bit)["default_inbound"] ??= "block";
                }
                Store.Write("policy", policy);
            }
            return null;
        }

        private JsonObject Profile(int bit)
        {
            var name = Bits.Single(pair => pair.Value == bit).Key;
            policy["profiles"][name] ??= new JsonObject();
            return policy["profiles"][name].AsObject();
        }
    }

    /// <summary>INetFwRules. A name may be there twice; Remove takes one, and none is no error.</summary>
    public sealed class FwRules : IEnumerable<FwRule>
    {
        private readonly List<FwRule> rules = new List<FwRule>();

        public FwRules()
        {
            foreach (var record in Store.Read()["rules"]?.AsArray() ?? new JsonArray())
            {
                rules.Add(new FwRule(record.DeepClone().AsObject(), this));
            }
        }

        public int Count => rules.Count;
        public IEnumerator<FwRule> GetEnumerator() => rules.ToList().GetEnumerator();
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void Add(FwRule rule)
        {
            Store.Step("Add-PrintopsRule");
            FwRule.Check(!string.IsNullOrEmpty(rule.Name));
            rules.Add(new FwRule(rule.Record.DeepClone().AsObject(), this));
            Save();
        }

        public void Remove(string name)
        {
            Store.Step("Remove-PrintopsRule");
            rules.Remove(rules.FirstOrDefault(rule => string.Equals(rule.Name, name, StringComparison.OrdinalIgnoreCase)));
            Save();
        }

        internal void Save() => Store.Write("rules", new JsonArray(rules.Select(rule => rule.Record.DeepClone()).ToArray()));
    }

    /// <summary>INetFwRule3. One that is in a policy changes at once; what does not fit the protocol is refused.</summary>
    public sealed class FwRule
    {
        private const int Tcp = 6, Udp = 17, Icmp = 1, IcmpV6 = 58, Any = 256;
        private readonly FwRules owner;

        internal readonly JsonObject Record;

        public FwRule()
        {
            Record = new JsonObject
            {
                ["name"] = "", ["description"] = "", ["enabled"] = false, ["direction"] = "in", ["action"] = "allow",
                ["protocol"] = Any, ["local_ports"] = "*", ["remote_ports"] = "*", ["local_addresses"] = "*",
                ["remote_addresses"] = "*", ["icmp_types"] = "", ["profiles"] = int.MaxValue, ["application"] = "",
                ["service"] = "", ["package"] = "", ["interface_types"] = "All", ["interfaces"] = "",
                ["edge_traversal"] = false, ["edge_traversal_options"] = 0, ["local_user_owner"] = "", ["local_users"] = "",
                ["remote_users"] = "", ["remote_machines"] = "", ["secure_flags"] = 0, ["grouping"] = "",
            };
        }

        internal FwRule(JsonObject record, FwRules owner)
        {
            Record = record;
            this.owner = owner;
        }

        internal static void Check(bool isRight)
        {
            if (!isRight)
            {
                throw new ArgumentException("Value does not fall within the expected range.");
            }
        }

        private string Text(string key) => (string)Record[key] is { Length: > 0 } text ? text : null;

        private void Put(string key, JsonNode value, bool isRight = true)
        {
            if (owner != null)
            {
                Store.Step("Set-PrintopsRule");
            }
            Check(isRight);
            Record[key] = value;
            owner?.Save();
        }

        private bool HasPorts => Protocol == Tcp || Protocol == Udp;

        public string Name
        {
            get => Text("name");
            set => Put("name", value, !value.Contains('|') && !value.Equals("all", StringComparison.OrdinalIgnoreCase));
        }

        public string Description
        {
            get => Text("description");
            set => Put("description", value, !value.Contains('|'));
        }

        public string Grouping { get => Text("grouping"); set => Put("grouping", value); }
        public bool Enabled { get => (bool)Record["enabled"]; set => Put("enabled", value); }
        public string ApplicationName { get => Text("application"); set => Put("application", value); }
        public string ServiceName { get => Text("service"); set => Put("service", value); }
        public string LocalAppPackageId { get => Text("package"); set => Put("package", value); }

        public int Direction
        {
            get => (string)Record["direction"] == "out" ? 2 : 1;
            set => Put("direction", value == 2 ? "out" : "in", value == 1 || value == 2);
        }

        public int Action
        {
            get => Array.IndexOf(new[] { "block", "allow", "bypass" }, (string)Record["action"]);
            set => Put("action", value == 1 ? "allow" : "block", value == 0 || value == 1);
        }

        public int Protocol
        {
            get => (int)Record["protocol"];
            set
            {
                Put("protocol", value, value >= 0 && value <= Any);
                Record["local_ports"] = HasPorts ? "*" : "";
                Record["remote_ports"] = HasPorts ? "*" : "";
                Record["icmp_types"] = value == Icmp || value == IcmpV6 ? "*" : "";
            }
        }

        public string LocalPorts { get => Text("local_ports"); set => Put("local_ports", value, HasPorts); }
        public string RemotePorts { get => Text("remote_ports"); set => Put("remote_ports", value, HasPorts); }

        public string IcmpTypesAndCodes
        {
            get => Text("icmp_types");
            set => Put("icmp_types", value, Protocol == Icmp || Protocol == IcmpV6);
        }

        public string LocalAddresses { get => Text("local_addresses"); set => Put("local_addresses", Worded(value)); }
        public string RemoteAddresses { get => Text("remote_addresses"); set => Put("remote_addresses", Worded(value)); }
        public int Profiles { get => (int)(long)Record["profiles"]; set => Put("profiles", value, (value & 7) != 0); }

        public string InterfaceTypes
        {
            get => Text("interface_types");
            set => Put("interface_types", value, value.Split(',').All(new[] { "RemoteAccess", "Wireless", "Lan", "All" }.Contains));
        }

        public bool EdgeTraversal
        {
            get => (bool)Record["edge_traversal"];
            set => EdgeTraversalOptions = value ? 1 : 0;
        }

        /// <summary>0 denies, 1 allows, 2 and 3 leave it to the program and to the user.</summary>
        public int EdgeTraversalOptions
        {
            get => (int)Record["edge_traversal_options"];
            set
            {
                Put("edge_traversal_options", value, value == 0 || (Direction == 1 && value > 0 && value < 4));
                Put("edge_traversal", value > 0);
            }
        }

        public object[] Interfaces
        {
            get => Text("interfaces")?.Split('|').Cast<object>().ToArray();
            set => Put("interfaces", string.Join("|", value), value.All(name => name is string));
        }

        public string LocalUserOwner { get => Text("local_user_owner"); set => Put("local_user_owner", value, IsSid(value)); }
        public string LocalUserAuthorizedList { get => Text("local_users"); set => Put("local_users", value, IsSddl(value)); }
        public string RemoteUserAuthorizedList { get => Text("remote_users"); set => Put("remote_users", value, IsSddl(value)); }

        public string RemoteMachineAuthorizedList
        {
            get => Text("remote_machines");
            set => Put("remote_machines", value, IsSddl(value));
        }

        public int SecureFlags
        {
            get => (int)Record["secure_flags"];
            set => Put("secure_flags", value, value >= 0 && value <= 4);
        }

        private static bool IsSid(string text) => text.StartsWith("S-1-");
        private static bool IsSddl(string text) => text.Contains("D:");

        /// <summary>As Windows gives addresses back: IPv4 with a mask.</summary>
        private static string Worded(string text) => string.Join(",", text.Split(',').Select(part =>
        {
            var (address, length) = part.Split('/') is { Length: 2 } parts ? (parts[0], parts[1]) : (part, "32");
            if (address.Count(letter => letter == '.') != 3 || part.Contains('-') || length.Contains('.'))
            {
                Check(part == "*" || part == "LocalSubnet" || part.Contains(':') || part.Contains('.'));
                return part;
            }
            Check(IPAddress.TryParse(address, out _));
            var mask = (uint)(0xFFFFFFFFL << (32 - int.Parse(length)));
            return address + "/" + new IPAddress(BitConverter.GetBytes(IPAddress.HostToNetworkOrder((int)mask)));
        }));
    }
}
