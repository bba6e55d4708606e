"""Names of invented people, by the region that a demo clinic stands for. Any likeness is chance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NamePool:
    """Given and family names that occur together."""

    girls: tuple[str, ...]
    boys: tuple[str, ...]
    families: tuple[str, ...]


EAST_AFRICA = NamePool(
    girls=("Achieng", "Amina", "Atieno", "Faith", "Halima", "Hiwot", "Makena", "Mercy", "Nakato", "Neema", "Wanjiru"),
    boys=("Abdi", "Baraka", "Daudi", "Juma", "Kato", "Kevin", "Kiprono", "Mwangi", "Otieno", "Samuel", "Tesfaye"),
    families=("Abebe", "Chebet", "Kamau", "Mutua", "Mwakio", "Nyambura", "Ochieng", "Okello", "Wekesa", "Yusuf"),
)
WEST_AFRICA = NamePool(
    girls=("Abena", "Adama", "Aïssatou", "Ama", "Chidinma", "Fatoumata", "Hauwa", "Mariama", "Ngozi", "Yetunde"),
    boys=("Babatunde", "Chukwuemeka", "Ibrahima", "Kofi", "Kwame", "Mamadou", "Ousmane", "Sani", "Tunde", "Yaw"),
    families=("Adeyemi", "Asante", "Ba", "Bello", "Boateng", "Cissé", "Diallo", "Mensah", "Nwosu", "Okafor", "Traoré"),
)
SOUTH_ASIA = NamePool(
    girls=("Anjali", "Ayesha", "Fatema", "Kavita", "Laxmi", "Meena", "Nusrat", "Priya", "Rukhsana", "Sita", "Sunita"),
    boys=("Arjun", "Bikash", "Farhan", "Hari", "Imran", "Kiran", "Rahim", "Ravi", "Sanjay", "Suman", "Tanvir"),
    families=("Akter", "Begum", "Chaudhary", "Das", "Gurung", "Hossain", "Kumari", "Rahman", "Shrestha", "Tamang"),
)
